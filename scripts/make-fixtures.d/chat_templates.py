"""Conversations as Hugging Face's tools render them, by templates of a dozen model families' formats.

The templates are written for this project: each lays a conversation out as one family's does, and with the
means that such templates use (loops, namespaces, macros, tests, filters, methods, `generation`). Writes
Tests/TokenizersTests/Fixtures/chat.json: templates, conversations, and of each pair the text, the places of
what the assistant wrote (in characters), or that the template refuses it.
"""

import json

from _common import ROOT, report
from jinja2.exceptions import TemplateError
from transformers.utils.chat_template_utils import render_jinja_template

TEMPLATES = {
    "chatml": """\
{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}{% endif %}
{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
""",
    "llama2": """\
{%- if messages[0].role == 'system' -%}
  {%- set rest = messages[1:] -%}
  {%- set system = messages[0].content -%}
{%- else -%}
  {%- set rest = messages -%}
  {%- set system = false -%}
{%- endif -%}
{%- for message in rest -%}
  {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
    {{- raise_exception('roles must alternate: user, assistant, user, …') -}}
  {%- endif -%}
  {%- if loop.index0 == 0 and system != false -%}
    {%- set content = '<<SYS>>\\n' + system.strip() + '\\n<</SYS>>\\n\\n' + message.content -%}
  {%- else -%}
    {%- set content = message.content -%}
  {%- endif -%}
  {%- if message.role == 'user' -%}
    {{ bos_token ~ '[INST] ' ~ content.strip() ~ ' [/INST]' }}
  {%- elif message.role == 'assistant' -%}
    {{ ' ' + content.strip() + ' ' + eos_token }}
  {%- endif -%}
{%- endfor -%}
""",
    "llama3": """\
{{- bos_token }}
{%- if not date_string is defined %}{%- set date_string = "26 Jul 2024" %}{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" + system_message + "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
        {{- message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("one call at a time") }}
        {%- endif %}
        {%- set call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n{"name": "' + call.name + '", "parameters": ' }}
        {{- call.arguments | tojson }}
        {{- "}<|eot_id|>" }}
    {%- else %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "mistral": """\
{%- set ns = namespace(index=0, system=none) -%}
{{ bos_token }}
{%- for m in messages if m.role != 'system' -%}
  {%- if m["role"] == "user" and not loop.last -%}
    {{ "[INST] " + m["content"] + "[/INST]" }}
    {%- set ns.index = ns.index + 1 -%}
  {%- elif m["role"] == "user" -%}
    {%- for s in messages | selectattr('role', 'equalto', 'system') -%}{%- set ns.system = s.content -%}{%- endfor -%}
    {{ "[INST] " + (ns.system + "\\n\\n" if ns.system is not none else "") + m["content"] + "[/INST]" }}
  {%- else -%}
    {{ " " ~ m.content | trim ~ eos_token }}
  {%- endif -%}
{%- endfor -%}
{#- how many questions were there -#}
{%- if ns.index > 2 %} ({{ ns.index }}){% endif -%}
""",
    "qwen": """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set reasoning = '' %}
        {%- if '</think>' in message.content %}
            {%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}
            {%- set reasoning = message.content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if tool_call.function %}{%- set tool_call = tool_call.function %}{%- endif %}
                {{- '\\n<tool_call>\\n{"name": "' }}{{- tool_call.name }}{{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}{{- tool_call.arguments }}{%- else %}{{- tool_call.arguments | tojson }}{%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\\n<tool_response>\\n' }}{{- message.content }}{{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|im_end|>\\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
""",
    "gemma": """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}
{% for message in messages %}
{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}
{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}
{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}
""",
    "phi3": """\
{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\\n' + message['content'] + '<|end|>\\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\\n' + message['content'] + '<|end|>\\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\\n'}}{% generation %}{{ message['content'] + '<|end|>\\n'}}{% endgeneration %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}
""",
    "zephyr": """\
{% for message in messages %}
    {% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
    {% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
    {% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
    {% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}
""",
    "deepseek": """\
{%- if not add_generation_prompt is defined -%}{%- set add_generation_prompt = false -%}{%- endif -%}
{%- set ns = namespace(is_first=false, system='') -%}
{%- for message in messages -%}{%- if message['role'] == 'system' -%}{%- set ns.system = ns.system ~ message['content'] -%}{%- endif -%}{%- endfor -%}
{{ bos_token }}{{ ns.system }}
{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {%- set ns.is_first = true -%}{{ '<｜User｜>' + message['content'] }}
    {%- endif %}
    {%- if message['role'] == 'assistant' and message['content'] is not none %}
        {%- set content = message['content'] %}
        {%- if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}
        {{- '<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>' }}
    {%- endif %}
{%- endfor -%}
{% if add_generation_prompt and ns.is_first %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}
""",
    "command": """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% if system_message != false %}{{ '<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>' + system_message + '<|END_OF_TURN_TOKEN|>' }}{% endif %}{% for message in loop_messages %}{% set content = message['content'] %}{% if message['role'] == 'user' %}{{ '<|START_OF_TURN_TOKEN|><|USER_TOKEN|>' + content.strip() + '<|END_OF_TURN_TOKEN|>' }}{% elif message['role'] == 'assistant' %}{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>'  + content.strip() + '<|END_OF_TURN_TOKEN|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' }}{% endif %}
""",
    "macros": """\
{%- macro said(who, text, mark='#') -%}
  {{ mark }}{{ who | upper }}: {{ text | default('(nothing)', true) | replace('film', 'movie') }}
{% endmacro -%}
{%- set names = {'user': 'you', 'assistant': "me", 'system': 'all'} -%}
{%- for message in messages -%}
  {%- if message.role not in names -%}{%- continue -%}{%- endif -%}
  {{ said(names[message.role], message.content, mark=loop.cycle('>', '<')) }}
{%- else -%}
  nobody spoke
{%- endfor -%}
{{ messages | map(attribute='role') | unique | list | join(', ') }} / {{ messages | length }}, {{ 7 // 2 }}, {{ -7 % 3 }}, {{ 2 ** 5 }}, {{ 7 / 2 }}, {{ 1e3 if false else 0.5 }}, {{ [1, 'a', none, true, 1.0] }}, {{ {'k': [1, 2]} }}, {{ 'x' * 3 }}, {{ range(3) | list }}, {{ "it's" }}, {{ ["it's"] }}
{%- set joined %}{% for m in messages %}{{ m.role[0] }}{% endfor %}{% endset %}
{{ joined | length }} {{ joined[::-1] }} {{ joined[1:3] }} {{ 'b' in joined }} {{ 'u' in joined and not false }} {{ messages is sequence }} {{ messages[0] is mapping }} {{ missing is defined }} {{ missing }}|{{ none }}
{%- raw %} {{ as it is }} {% endraw %}
{%- for k, v in {'b': 1, 'a': 2} | dictsort %} {{ k }}={{ v }}{% if not loop.last %};{% endif %}{% endfor %}
{%- for k, v in names.items() %} {{ loop.index }}/{{ loop.length }}{{ k | capitalize }}{{ v | title }}{% if loop.index == 2 %}{% break %}{% endif %}{% endfor %}
{{- ' a b  c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ ' x '.strip() | tojson }} {{ '<&>' | e }} {{ 3 | string + '!' }} {{ '12' | int + 1 }} {{ 1 < 2 < 3 }} {{ 'abc' | first }}{{ [1, 2] | last }} {{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ [3, 1, 2] | sort }} {{ [1, 2, 3] | sum }} {{ 'Ünï' | lower }}
""",
    "smol": """\
{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou help.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n'}}{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}<|im_end|>{% endgeneration %}{{ '\\n' }}{% else %}{{ message['content'] + '<|im_end|>' + '\\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
""",
}  # fmt: skip

WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "What's the weather? \"Now\" & <here>.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}}}}}  # fmt: skip


def said(*turns):
    return [{"role": role, "content": content} for role, content in turns]


CHATS = {
    "question": (said(("user", "Hello there, what is a film?")), {}, True),
    "talk": (said(
        ("system", "  You are kind. "), ("user", " Hi! \n"), ("assistant", " Hello, 漢字 and 🙂. "),
        ("user", "Bye <now> & \"then\"\\"), ("assistant", "<think>\nso\n</think>\n\nFarewell.")), {}, False),  # fmt: skip
    "long": (said(
        ("user", "one"), ("assistant", "1"), ("user", "two"), ("assistant", "2"), ("user", "three"),
        ("assistant", "3"), ("user", "four")), {}, True),  # fmt: skip
    "answered": (said(("user", "e\u0301 line\r\nbreak"), ("assistant", "")), {}, False),
    "wrong": (said(("assistant", "I begin"), ("assistant", "and go on")), {}, False),
    "tools": (
        said(("system", "Use tools."), ("user", "Rain?"))
        + [{"role": "assistant", "content": "", "tool_calls": [
            {"type": "function", "function": {"name": "weather", "arguments": {"place": "Łódź", "days": 2}}}]}]
        + [{"role": "tool", "content": "{\"rain\": 0.5}"}, {"role": "tool", "content": "dry"}],
        {"tools": [WEATHER], "date_string": "1 May 2025"}, True),  # fmt: skip
}
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}

cases = []
for family, template in TEMPLATES.items():
    for name, (messages, variables, prompted) in CHATS.items():
        case = {"template": family, "chat": name}
        try:
            texts, places = render_jinja_template(
                [messages], chat_template=template, add_generation_prompt=prompted,
                return_assistant_tokens_mask=True, tools=variables.get("tools"), **SPECIAL,
                **{k: v for k, v in variables.items() if k != "tools"})  # fmt: skip
            case |= {"text": texts[0], "generated": [list(span) for span in places[0]]}
        except (TemplateError, TypeError) as error:
            case["refused"] = type(error).__name__
        cases.append(case)
value = {
    "templates": TEMPLATES, "special": SPECIAL, "cases": cases,
    "chats": {name: {"messages": json.dumps(m), "variables": json.dumps(v), "prompted": p}
              for name, (m, v, p) in CHATS.items()},
}  # fmt: skip
path = ROOT / "Tests/TokenizersTests/Fixtures/chat.json"
path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", "utf-8")
report(path)
print({(c["template"], c["chat"]): c["refused"] for c in cases if "refused" in c})

// Made by scripts/embed-library. Do not edit.
#include "Library.h"

static const uint8_t file_0[] __attribute__((aligned(64))) = {
#embed "data/reviews.tsv"
};
static const uint8_t file_1[] __attribute__((aligned(64))) = {
#embed "data/tiny-bert/config.json"
};
static const uint8_t file_2[] __attribute__((aligned(64))) = {
#embed "data/tiny-bert/model.safetensors"
};
static const uint8_t file_3[] __attribute__((aligned(64))) = {
#embed "data/tiny-bert/tokenizer.json"
};
static const uint8_t file_4[] __attribute__((aligned(64))) = {
#embed "data/tiny-gpt/config.json"
};
static const uint8_t file_5[] __attribute__((aligned(64))) = {
#embed "data/tiny-gpt/model.safetensors"
};
static const uint8_t file_6[] __attribute__((aligned(64))) = {
#embed "data/tiny-gpt/tokenizer.json"
};
static const uint8_t file_7[] __attribute__((aligned(64))) = {
#embed "methods/adalora.peft"
};
static const uint8_t file_8[] __attribute__((aligned(64))) = {
#embed "methods/adalora_budget.peft"
};
static const uint8_t file_9[] __attribute__((aligned(64))) = {
#embed "methods/adapter_drop.peft"
};
static const uint8_t file_10[] __attribute__((aligned(64))) = {
#embed "methods/adapters.peft"
};
static const uint8_t file_11[] __attribute__((aligned(64))) = {
#embed "methods/baselines.peft"
};
static const uint8_t file_12[] __attribute__((aligned(64))) = {
#embed "methods/compacter.peft"
};
static const uint8_t file_13[] __attribute__((aligned(64))) = {
#embed "methods/composition.peft"
};
static const uint8_t file_14[] __attribute__((aligned(64))) = {
#embed "methods/compress.peft"
};
static const uint8_t file_15[] __attribute__((aligned(64))) = {
#embed "methods/dialects.peft"
};
static const uint8_t file_16[] __attribute__((aligned(64))) = {
#embed "methods/diff_pruning.peft"
};
static const uint8_t file_17[] __attribute__((aligned(64))) = {
#embed "methods/dora.peft"
};
static const uint8_t file_18[] __attribute__((aligned(64))) = {
#embed "methods/fish_mask.peft"
};
static const uint8_t file_19[] __attribute__((aligned(64))) = {
#embed "methods/fusion.peft"
};
static const uint8_t file_20[] __attribute__((aligned(64))) = {
#embed "methods/gradual.peft"
};
static const uint8_t file_21[] __attribute__((aligned(64))) = {
#embed "methods/hybrids.peft"
};
static const uint8_t file_22[] __attribute__((aligned(64))) = {
#embed "methods/ia3.peft"
};
static const uint8_t file_23[] __attribute__((aligned(64))) = {
#embed "methods/ladder.peft"
};
static const uint8_t file_24[] __attribute__((aligned(64))) = {
#embed "methods/llama_adapter.peft"
};
static const uint8_t file_25[] __attribute__((aligned(64))) = {
#embed "methods/lora.peft"
};
static const uint8_t file_26[] __attribute__((aligned(64))) = {
#embed "methods/lora_plus.peft"
};
static const uint8_t file_27[] __attribute__((aligned(64))) = {
#embed "methods/p_tuning.peft"
};
static const uint8_t file_28[] __attribute__((aligned(64))) = {
#embed "methods/p_tuning_lstm.peft"
};
static const uint8_t file_29[] __attribute__((aligned(64))) = {
#embed "methods/parallel.peft"
};
static const uint8_t file_30[] __attribute__((aligned(64))) = {
#embed "methods/pissa.peft"
};
static const uint8_t file_31[] __attribute__((aligned(64))) = {
#embed "methods/prefix.peft"
};
static const uint8_t file_32[] __attribute__((aligned(64))) = {
#embed "methods/prefix_v2.peft"
};
static const uint8_t file_33[] __attribute__((aligned(64))) = {
#embed "methods/prompts.peft"
};
static const uint8_t file_34[] __attribute__((aligned(64))) = {
#embed "methods/qlora.peft"
};
static const uint8_t file_35[] __attribute__((aligned(64))) = {
#embed "methods/reft.peft"
};
static const uint8_t file_36[] __attribute__((aligned(64))) = {
#embed "methods/rslora.peft"
};
static const uint8_t file_37[] __attribute__((aligned(64))) = {
#embed "methods/selective.peft"
};
static const uint8_t file_38[] __attribute__((aligned(64))) = {
#embed "methods/to_adapterhub.peft"
};
static const uint8_t file_39[] __attribute__((aligned(64))) = {
#embed "methods/unipelt.peft"
};
static const uint8_t file_40[] __attribute__((aligned(64))) = {
#embed "models/bart.peft"
};
static const uint8_t file_41[] __attribute__((aligned(64))) = {
#embed "models/bert.peft"
};
static const uint8_t file_42[] __attribute__((aligned(64))) = {
#embed "models/deberta.peft"
};
static const uint8_t file_43[] __attribute__((aligned(64))) = {
#embed "models/distilbert.peft"
};
static const uint8_t file_44[] __attribute__((aligned(64))) = {
#embed "models/gpt.peft"
};
static const uint8_t file_45[] __attribute__((aligned(64))) = {
#embed "models/layers.peft"
};
static const uint8_t file_46[] __attribute__((aligned(64))) = {
#embed "models/llama.peft"
};
static const uint8_t file_47[] __attribute__((aligned(64))) = {
#embed "models/roberta.peft"
};
static const uint8_t file_48[] __attribute__((aligned(64))) = {
#embed "models/t5.peft"
};
static const uint8_t file_49[] __attribute__((aligned(64))) = {
#embed "tasks/classifier.peft"
};
static const uint8_t file_50[] __attribute__((aligned(64))) = {
#embed "tasks/masked.peft"
};

static const struct library_entry entries[] = {
    {"data/reviews.tsv", file_0, sizeof file_0},
    {"data/tiny-bert/config.json", file_1, sizeof file_1},
    {"data/tiny-bert/model.safetensors", file_2, sizeof file_2},
    {"data/tiny-bert/tokenizer.json", file_3, sizeof file_3},
    {"data/tiny-gpt/config.json", file_4, sizeof file_4},
    {"data/tiny-gpt/model.safetensors", file_5, sizeof file_5},
    {"data/tiny-gpt/tokenizer.json", file_6, sizeof file_6},
    {"methods/adalora.peft", file_7, sizeof file_7},
    {"methods/adalora_budget.peft", file_8, sizeof file_8},
    {"methods/adapter_drop.peft", file_9, sizeof file_9},
    {"methods/adapters.peft", file_10, sizeof file_10},
    {"methods/baselines.peft", file_11, sizeof file_11},
    {"methods/compacter.peft", file_12, sizeof file_12},
    {"methods/composition.peft", file_13, sizeof file_13},
    {"methods/compress.peft", file_14, sizeof file_14},
    {"methods/dialects.peft", file_15, sizeof file_15},
    {"methods/diff_pruning.peft", file_16, sizeof file_16},
    {"methods/dora.peft", file_17, sizeof file_17},
    {"methods/fish_mask.peft", file_18, sizeof file_18},
    {"methods/fusion.peft", file_19, sizeof file_19},
    {"methods/gradual.peft", file_20, sizeof file_20},
    {"methods/hybrids.peft", file_21, sizeof file_21},
    {"methods/ia3.peft", file_22, sizeof file_22},
    {"methods/ladder.peft", file_23, sizeof file_23},
    {"methods/llama_adapter.peft", file_24, sizeof file_24},
    {"methods/lora.peft", file_25, sizeof file_25},
    {"methods/lora_plus.peft", file_26, sizeof file_26},
    {"methods/p_tuning.peft", file_27, sizeof file_27},
    {"methods/p_tuning_lstm.peft", file_28, sizeof file_28},
    {"methods/parallel.peft", file_29, sizeof file_29},
    {"methods/pissa.peft", file_30, sizeof file_30},
    {"methods/prefix.peft", file_31, sizeof file_31},
    {"methods/prefix_v2.peft", file_32, sizeof file_32},
    {"methods/prompts.peft", file_33, sizeof file_33},
    {"methods/qlora.peft", file_34, sizeof file_34},
    {"methods/reft.peft", file_35, sizeof file_35},
    {"methods/rslora.peft", file_36, sizeof file_36},
    {"methods/selective.peft", file_37, sizeof file_37},
    {"methods/to_adapterhub.peft", file_38, sizeof file_38},
    {"methods/unipelt.peft", file_39, sizeof file_39},
    {"models/bart.peft", file_40, sizeof file_40},
    {"models/bert.peft", file_41, sizeof file_41},
    {"models/deberta.peft", file_42, sizeof file_42},
    {"models/distilbert.peft", file_43, sizeof file_43},
    {"models/gpt.peft", file_44, sizeof file_44},
    {"models/layers.peft", file_45, sizeof file_45},
    {"models/llama.peft", file_46, sizeof file_46},
    {"models/roberta.peft", file_47, sizeof file_47},
    {"models/t5.peft", file_48, sizeof file_48},
    {"tasks/classifier.peft", file_49, sizeof file_49},
    {"tasks/masked.peft", file_50, sizeof file_50},
};

int32_t library_file_count(void) { return sizeof entries / sizeof entries[0]; }

const struct library_entry *library_file(int32_t index) {
  return index >= 0 && index < library_file_count() ? &entries[index] : NULL;
}

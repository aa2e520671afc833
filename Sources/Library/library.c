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
#embed "methods/baselines.peft"
};
static const uint8_t file_8[] __attribute__((aligned(64))) = {
#embed "methods/lora.peft"
};
static const uint8_t file_9[] __attribute__((aligned(64))) = {
#embed "models/bert.peft"
};
static const uint8_t file_10[] __attribute__((aligned(64))) = {
#embed "models/distilbert.peft"
};
static const uint8_t file_11[] __attribute__((aligned(64))) = {
#embed "models/gpt.peft"
};
static const uint8_t file_12[] __attribute__((aligned(64))) = {
#embed "models/layers.peft"
};
static const uint8_t file_13[] __attribute__((aligned(64))) = {
#embed "models/llama.peft"
};
static const uint8_t file_14[] __attribute__((aligned(64))) = {
#embed "models/roberta.peft"
};
static const uint8_t file_15[] __attribute__((aligned(64))) = {
#embed "tasks/classifier.peft"
};
static const uint8_t file_16[] __attribute__((aligned(64))) = {
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
    {"methods/baselines.peft", file_7, sizeof file_7},
    {"methods/lora.peft", file_8, sizeof file_8},
    {"models/bert.peft", file_9, sizeof file_9},
    {"models/distilbert.peft", file_10, sizeof file_10},
    {"models/gpt.peft", file_11, sizeof file_11},
    {"models/layers.peft", file_12, sizeof file_12},
    {"models/llama.peft", file_13, sizeof file_13},
    {"models/roberta.peft", file_14, sizeof file_14},
    {"tasks/classifier.peft", file_15, sizeof file_15},
    {"tasks/masked.peft", file_16, sizeof file_16},
};

int32_t library_file_count(void) { return sizeof entries / sizeof entries[0]; }

const struct library_entry *library_file(int32_t index) {
  return index >= 0 && index < library_file_count() ? &entries[index] : NULL;
}

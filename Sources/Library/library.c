// Made by scripts/embed-library. Do not edit.
#include "Library.h"

static const uint8_t file_0[] __attribute__((aligned(64))) = {
#embed "data/reviews.tsv"
};
static const uint8_t file_1[] __attribute__((aligned(64))) = {
#embed "methods/baselines.peft"
};
static const uint8_t file_2[] __attribute__((aligned(64))) = {
#embed "methods/lora.peft"
};
static const uint8_t file_3[] __attribute__((aligned(64))) = {
#embed "models/bert.peft"
};
static const uint8_t file_4[] __attribute__((aligned(64))) = {
#embed "models/gpt.peft"
};
static const uint8_t file_5[] __attribute__((aligned(64))) = {
#embed "models/layers.peft"
};
static const uint8_t file_6[] __attribute__((aligned(64))) = {
#embed "tasks/classifier.peft"
};
static const uint8_t file_7[] __attribute__((aligned(64))) = {
#embed "tasks/masked.peft"
};

static const struct library_entry entries[] = {
    {"data/reviews.tsv", file_0, sizeof file_0},
    {"methods/baselines.peft", file_1, sizeof file_1},
    {"methods/lora.peft", file_2, sizeof file_2},
    {"models/bert.peft", file_3, sizeof file_3},
    {"models/gpt.peft", file_4, sizeof file_4},
    {"models/layers.peft", file_5, sizeof file_5},
    {"tasks/classifier.peft", file_6, sizeof file_6},
    {"tasks/masked.peft", file_7, sizeof file_7},
};

int32_t library_file_count(void) { return sizeof entries / sizeof entries[0]; }

const struct library_entry *library_file(int32_t index) {
  return index >= 0 && index < library_file_count() ? &entries[index] : NULL;
}

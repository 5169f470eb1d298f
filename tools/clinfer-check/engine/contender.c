/* contender.c - a way to compute GEMMs, and a context that goes this way. */

#include "engine/contender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/tune_table.h"
#include "lib/devices.h"

enum { MOST_PATH = 4096 };

static bool is_gemm(const char *provider) {
  return strncmp(provider, "gemm_", 5) == 0;
}

/* Whether a list of names, separated by commas, has it. */
static bool lists(const char *names, const char *name) {
  const size_t length = strlen(name);
  for (const char *at = names; at != NULL && *at != '\0';) {
    const size_t here = strcspn(at, ",");
    if (here == length && memcmp(at, name, length) == 0) return true;
    at += here + (at[here] == ',');
  }
  return false;
}

static void add(struct contender_list *list, size_t provider,
                const char *variant) {
  struct contender *items = tool_alloc(list->count + 1, sizeof *items);
  if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
  free(list->items);
  list->items = items;
  struct contender *c = &items[list->count++];
  c->provider = provider;
  c->clblast = "";
  snprintf(c->name, sizeof c->name, "%s%s%s", clinfer_provider_name(provider),
           variant ? " " : "", variant ? variant : "");
}

struct contender_list contenders_of(const struct options *options) {
  struct contender_list list = {0};
  const char *name, *variant;
  for (size_t p = 0; p < CONTENDER_PROVIDERS; p++) {
    if ((name = clinfer_provider_name(p)) == NULL) break;
    if (!is_gemm(name) || lists(options->session.disable, name)) continue;
    if (clinfer_provider_variant(p, 0) == NULL) add(&list, p, NULL);
    for (size_t v = 0; (variant = clinfer_provider_variant(p, v)) != NULL; v++)
      add(&list, p, variant);
  }
  return list;
}

bool contender_suits(const struct contender *c, const struct session *s) {
  return clinfer_context_provider(s->ctx, c->provider) !=
         CLINFER_PROVIDER_ABSENT;
}

bool contender_failed(const struct contender *c) {
  return clinfer_context_provider(c->session.ctx, c->provider) ==
         CLINFER_PROVIDER_FAILED;
}

/* The library tells of each kernel that it builds or loads. */
static void listen(void *user, const char *line) {
  if (strstr(line, " gemm_reference ") != NULL)
    ((struct contender *)user)->fell_back = true;
}

/* All other providers of GEMMs, so that nothing but the plain kernels can
 * stand in. */
static void name_others(const struct contender *c, char list[1024]) {
  size_t used = 0;
  const char *name;
  list[0] = '\0';
  for (size_t p = 0; (name = clinfer_provider_name(p)) != NULL; p++)
    if (p != c->provider && is_gemm(name) && used < 1024)
      used += (size_t)snprintf(list + used, 1024 - used, "%s,", name);
}

static clinfer_status open_with(struct contender *c, const char *folder) {
  char others[1024];
  name_others(c, others);
  const clinfer_options options = {.struct_size = sizeof options,
                                   .tuning_dir = folder,
                                   .disable = others,
                                   .log = listen,
                                   .log_user = c};
  c->fell_back = false;
  return clinfer_context_create(c->session.context, c->session.device, &options,
                                &c->session.ctx);
}

const char *contender_open(struct contender *c, const struct session *s,
                           const struct case_list *cases) {
  const char *parent = getenv("TMPDIR");
  char folder[MOST_PATH], path[MOST_PATH + 32];
  snprintf(folder, sizeof folder, "%s/clinfer-tune-XXXXXX",
           parent != NULL && *parent != '\0' ? parent : "/tmp");
  if (mkdtemp(folder) == NULL) return "no temporary folder";
  snprintf(path, sizeof path, "%s/gemm.tuning", folder);

  cJSON *device = device_describe(s->device);
  struct tune_table table = tune_table_for(device, c->clblast);
  for (size_t i = 0; i < cases->count; i++)
    tune_table_add(&table, &cases->items[i], c->name);
  const bool written = tune_table_write(&table, path);
  tune_table_free(&table);
  cJSON_Delete(device);

  c->session = *s;
  c->session.ctx = NULL;
  const clinfer_status status = written ? open_with(c, folder) : CLINFER_OK;
  unlink(path);
  rmdir(folder);
  if (!written) return "no temporary file";
  return status == CLINFER_OK ? NULL : clinfer_last_error()->message;
}

void contender_close(struct contender *c) {
  clinfer_context_destroy(c->session.ctx);
  c->session.ctx = NULL;
}

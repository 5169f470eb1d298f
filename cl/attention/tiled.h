/* tiled.h - what the host knows of attention/tiled.cl. */
#ifndef CL_ATTENTION_TILED_H
#define CL_ATTENTION_TILED_H

/* Keys in a tile, and queries that a work-item has. */
#define ATTENTION_TILE_KEYS 32
#define ATTENTION_ITEM_QUERIES 4

/* Work-items side by side along a tile's keys, then along values. */
#define ATTENTION_ITEM_COLS 16
#define ATTENTION_TILE_GROUP(queries) \
  ((queries) / ATTENTION_ITEM_QUERIES * ATTENTION_ITEM_COLS)

/* Features of the keys in local memory at a time, and keys of the values. */
#define ATTENTION_KEY_DEPTH 32
#define ATTENTION_VALUE_DEPTH 8

/* Floats from one line to the next in local memory, so that lines start in
 * other banks. */
#define ATTENTION_TILE_LINE(length) ((length) + 4)

/* Local memory: all features of the queries, the weights, a part of the keys or
 * of the values, and what the work-items of a row tell one another. */
#define ATTENTION_KEY_FLOATS \
  (ATTENTION_KEY_DEPTH * ATTENTION_TILE_LINE(ATTENTION_TILE_KEYS))
#define ATTENTION_PART_FLOATS(room)                      \
  (ATTENTION_VALUE_DEPTH * (room) > ATTENTION_KEY_FLOATS \
       ? ATTENTION_VALUE_DEPTH * (room)                  \
       : ATTENTION_KEY_FLOATS)
#define ATTENTION_TILE_FLOATS(queries, room)                         \
  (((room) + ATTENTION_TILE_KEYS) * ATTENTION_TILE_LINE(queries) +   \
   ATTENTION_PART_FLOATS(room) + 2 * ATTENTION_TILE_GROUP(queries) + \
   (queries))

#endif

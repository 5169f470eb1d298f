/* cpu.h - what the host knows of gemm/cpu.cl and gemm/pack_panels.cl. */
#ifndef CL_GEMM_CPU_H
#define CL_GEMM_CPU_H

/* The most tiles and panels of a work-item: what it reads again and again then
 * just fits a core's cache. */
#define CPU_MOST_TILES 16
#define CPU_MOST_PANELS 4

/* Columns of a panel and of a tile: two vectors. */
#define CPU_PANEL_WIDTH(lanes) (2 * (lanes))

/* Rows of a panel that one work-item of pack_panels fills. */
#define CPU_PACK_DEPTH 64

#endif

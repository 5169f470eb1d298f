/* hopper.h - what the host knows of lib/hopper.cl. */
#ifndef CL_LIB_HOPPER_H
#define CL_LIB_HOPPER_H

/* A tensor map, which describes a matrix to TMA. */
#define MAP_BYTES 128

#endif

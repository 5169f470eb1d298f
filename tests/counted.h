/* counted.h - how often the library makes an OpenCL call that matters. The
 * linker puts these between the library and the driver; CLBlast's own calls
 * pass them by. */
#ifndef CLINFER_COUNTED_H
#define CLINFER_COUNTED_H

#include <stdatomic.h>

extern atomic_size_t counted_buffers; /* buffers made */
extern atomic_size_t
    counted_commands; /* kernels, barriers and markers enqueued */
extern atomic_size_t counted_events_made; /* by those commands */
extern atomic_size_t counted_sets;        /* of kernel arguments */
extern atomic_size_t counted_queries;     /* about memory objects */
extern atomic_long
    counted_events; /* references that they gave, less released */

/* When that many more kernels are enqueued, the last of them is refused with
 * CL_OUT_OF_RESOURCES. 0: none is. */
extern atomic_size_t counted_refuse;

#endif

/* few.h - what the host knows of attention/few.cl. */
#ifndef CL_ATTENTION_FEW_H
#define CL_ATTENTION_FEW_H

/* Work-items in a group, and how many of them share a key: each has eight of
 * its features. */
#define FEW_GROUP 128
#define FEW_TEAM(room) ((room) / 8)

/* Rows, times features, of which a group has room for the sums of its warps. */
#define FEW_MOST_SUMS 1024

/* Floats that a group hands over of its part of the keys: of each row the sums,
 * their largest score and the sum of the weights. */
#define FEW_FLOATS(rows, room) ((rows) * ((room) + 2))

#endif

/* implementations.h - every implementation of every kind of problem. */
#ifndef CI_IMPLEMENTATIONS_H
#define CI_IMPLEMENTATIONS_H

#include "choose/target.h"

/* Fill target->lists, by the device. */
void ci_list_implementations(struct ci_target *target);

#endif

/* Whether the image is a guest's init, or a program that a person calls. */
#ifndef KRUN_PERSON_H
#define KRUN_PERSON_H

#include "system.h"

/*
 * True for a call of the command line: by any process but PID 1, and by a
 * container's (docker run IMAGE krun-init check FILE), which is PID 1, too. Its
 * program's name begins with krun-init, as those of all images that are built
 * do, and what follows is a word of the command line; a guest's init is called
 * otherwise, /init.krun or /init, or given another word.
 */
bool is_persons(int argc, char **argv);

#endif

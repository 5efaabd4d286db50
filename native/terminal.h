/* Terminals: the console, and one of the workload's own (tty(4), pty(7)). */
#ifndef KRUN_TERMINAL_H
#define KRUN_TERMINAL_H

#include "system.h"

bool is_terminal(int fd);

/*
 * Puts `console`, the console opened by the name that it has in /dev, in the
 * place of those of our standard descriptors that are the console without one.
 */
void name_console(int console);

/* Makes a pseudoterminal (pty(7)). The workload's side, or a -errno. */
long make_terminal(int *ours);

/* Sets a terminal's size in characters, where it has none yet. */
void set_size(int terminal, uint32_t rows, uint32_t columns);

/* Our session has this controlling terminal from now on; -1: none. */
void lead_session(int terminal);

/*
 * Makes the calling process a group of its own, which is in front on the
 * session's terminal (-1: there is none).
 */
void lead_group(int terminal);

#endif

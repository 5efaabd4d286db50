/* The clock process: sets the guest's clock by what the host sends. */
#ifndef KRUN_CLOCK_H
#define KRUN_CLOCK_H

/* argv[0] under which the program is the clock process. */
#define CLOCK_NAME "krun-init-clock"

/*
 * Starts it, by an exec of `program`, a copy of this program that does not
 * need the image. It keeps `socket` and the standard error and nothing else.
 */
void start_clock(int program, int socket);

/*
 * Where that exec leads to. Datagrams whose first 8 bytes are the host's time,
 * in nanoseconds since 1970 and little-endian, arrive on the socket.
 */
_Noreturn void follow_host(void);

#endif

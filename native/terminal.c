#include "terminal.h"

#define TCGETS 0x5401
#define TIOCSCTTY 0x540e
#define TIOCSPGRP 0x5410
#define TIOCGDEV 0x80045432
#define STEAL 1

bool is_terminal(int fd)
{
	uint32_t settings[16];

	return sys_ioctl(fd, TCGETS, (long)settings) == 0;
}

/* The device itself, also where the name is /dev/console; 0: no terminal. */
static uint32_t device_of(int fd)
{
	uint32_t device = 0;

	sys_ioctl(fd, TIOCGDEV, (long)&device);
	return device;
}

void name_console(int console)
{
	uint32_t device = device_of(console);

	for (int fd = 0; device && fd <= 2; fd++)
		if (device_of(fd) == device)
			CALL(dup3, console, fd, 0, 0, 0, 0);
}

/* What can't be had here leaves the workload without, and no worse off. */
void lead_session(int terminal)
{
	CALL(setsid, 0, 0, 0, 0, 0, 0);
	if (terminal >= 0)
		sys_ioctl(terminal, TIOCSCTTY, STEAL);
}

void lead_group(int terminal)
{
	int group = sys_getpid();

	CALL(setpgid, 0, 0, 0, 0, 0, 0);
	if (terminal >= 0)
		sys_ioctl(terminal, TIOCSPGRP, (long)&group);
}

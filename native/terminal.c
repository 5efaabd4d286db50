#include "terminal.h"

#define TCGETS 0x5401
#define TIOCSCTTY 0x540e
#define TIOCSPGRP 0x5410
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define TIOCGPTPEER 0x5441
#define TIOCSPTLCK 0x40045431
#define TIOCGDEV 0x80045432
#define STEAL 1

/* ioctl_tty(2): struct winsize. */
struct window_size {
	uint16_t rows, columns, width, height;
};

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

long make_terminal(int *ours)
{
	int unlocked = 0;
	/* The one in /dev may lead to none of the guest's. */
	long master = sys_open_at(AT_FDCWD, "/dev/pts/ptmx",
				  O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
	long result;

	if (master < 0)
		return master;
	result = sys_ioctl((int)master, TIOCSPTLCK, (long)&unlocked);
	if (result >= 0)
		result = sys_ioctl((int)master, TIOCGPTPEER,
				   O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (result < 0)
		sys_close((int)master);
	*ours = (int)master;
	return result;
}

void set_size(int terminal, uint32_t rows, uint32_t columns)
{
	struct window_size size = { 0 };

	sys_ioctl(terminal, TIOCGWINSZ, (long)&size);
	if (size.rows || size.columns || !(rows || columns))
		return;
	size.rows = (uint16_t)rows;
	size.columns = (uint16_t)columns;
	sys_ioctl(terminal, TIOCSWINSZ, (long)&size);
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

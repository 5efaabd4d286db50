#!/bin/sh
# PID 1 of the machine in which libkrun runs. It takes a line from the console,
# "NAME SECONDS", runs /jobs/NAME/run, for at most so long, and answers
# "ended NAME STATUS". The job's output is in its folder then.
stty -echo
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
ln -sf /proc/self/fd /dev/fd
ip link set lo up
# QEMU's user network, for passt to copy.
ip link set eth0 up
ip address add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
ulimit -n 4096
echo ready
while read -r name seconds; do
	cd "/jobs/$name" || exit
	setsid timeout -s KILL "$seconds" /bin/sh ./run \
		</dev/null >stdout 2>stderr
	status=$?
	# What a job leaves behind must not live on beside the next one.
	for process in $(ls /proc | grep -E '^[0-9]+$'); do
		[ "$process" -gt 1 ] && [ -e "/proc/$process/exe" ] &&
			kill -KILL "$process" 2>/dev/null
	done
	cd /
	rm -rf /tmp/*
	echo "ended $name $status"
done
poweroff -f

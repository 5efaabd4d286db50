/** What a guest does when it is told nothing: it shows that it is alive. */

/** The script, and its path in the busybox root. */
export const greeting = {
  path: "/bin/greeting",
  script: `#!/bin/sh
read up rest </proc/uptime
echo "Hello from $(uname -sr), $up seconds after the kernel's start"
echo
echo "PID 1 is $(cat /proc/1/comm), its memory:"
grep -E '^(Rss|Pss|Anonymous):' /proc/1/smaps_rollup
echo
echo "Free memory:"
grep -E '^Mem(Total|Free|Available):' /proc/meminfo
echo
echo "Mounts:"
cat /proc/mounts
`,
} as const;

/** /proc/self/mountinfo (proc_pid_mountinfo(5)). */

/** The mount points in a mountinfo file, their escapes (`\040`) decoded. */
export function mountPoints(text: string): Set<string> {
  const points = new Set<string>();
  for (const line of text.split("\n")) {
    const point = line.split(" ")[4];
    if (point !== undefined) points.add(unescape(point));
  }
  return points;
}

function unescape(field: string): string {
  return field.replace(
    /\\([0-7]{3})/g,
    (_, digits) => String.fromCharCode(parseInt(digits, 8)),
  );
}

/** A terminal in front of which a case's script sits. */

/**
 * A terminal for the guest, `$tty`, with the machine's script in front of it:
 * what it writes to descriptor 3 is typed, what is shown is in the file screen.
 */
export const terminal = `mkfifo keys
/jobs/terminal <keys >screen &
exec 3>keys
while [ ! -s screen ]; do sleep 0.1; done
read -r tty < screen
stty -F $tty rows 40 cols 100
on_terminal() { setsid -c sh -c '. ./functions; guest' <$tty >$tty 2>$tty; }
await() { while ! grep -q "$1" screen; do sleep 0.1; done; }
sed '/^mkfifo keys$/,$d' run > functions
`;

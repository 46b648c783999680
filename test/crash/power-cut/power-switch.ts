import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { arch } from 'node:process'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { MissingError, systemEnv } from '../requirements.ts'

/** EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the disk now never comes there (fs/ext4/ext4.h). */
const SHUTDOWN = 0x8004587d
const WITHOUT_FLUSH = 2
/** The number of the system call clock_gettime. */
const CLOCK_GETTIME: Readonly<Record<string, number>> = { x64: 228, arm64: 113 }

const PROGRAM = `
use strict;
my ($folder, $clock, $request, $how) = @ARGV;
sub now {
  my $time = "\\0" x 16;
  syscall($clock + 0, 1, $time) == 0 or die "clock_gettime: $!\\n";
  my ($seconds, $rest) = unpack('q2', $time);
  return $seconds * 1_000_000_000 + $rest;
}
open(my $root, '<', $folder) or die "$folder: $!\\n";
$| = 1;
print "ready\\n";
exit unless defined <STDIN>;
my $flags = pack('L', $how);
my $began = now();
ioctl($root, $request + 0, $flags) or die "EXT4_IOC_SHUTDOWN: $!\\n";
my $ended = now();
print "$began $ended\\n";
`

/** When the power went, on the monotonic clock of the system. */
export interface CutTime {
  readonly beganNs: bigint
  readonly endedNs: bigint
}

/** Cuts the power of the file system that a folder is the root of. It is ready beforehand, so that it takes no time then. */
export class PowerSwitch implements AsyncDisposable {
  readonly #perl: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: Interface
  readonly #closed: Promise<unknown>

  private constructor(folder: string, clock: number) {
    const args = ['-e', PROGRAM, folder, String(clock), String(SHUTDOWN), String(WITHOUT_FLUSH)]
    this.#perl = spawn('perl', args, { env: systemEnv(), stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    this.#perl.stdin.on('error', () => {})
    this.#closed = once(this.#perl, 'close')
    this.#lines = createInterface(this.#perl.stdout)
  }

  static async ready(folder: string): Promise<PowerSwitch> {
    const clock = CLOCK_GETTIME[arch]
    if (clock === undefined) throw new MissingError(`x64 or arm64: this is ${arch}`)
    const it = new PowerSwitch(folder, clock)
    await it.#line()
    return it
  }

  async #line(): Promise<string> {
    const said = await Promise.race([once(this.#lines, 'line'), this.#closed.then(() => undefined)])
    if (said === undefined) throw new MissingError('an ext4 that can be shut down by ioctl')
    return String(said[0])
  }

  async cut(): Promise<CutTime> {
    this.#perl.stdin.write('cut\n')
    const [began = '', ended = ''] = (await this.#line()).split(' ')
    return { beganNs: BigInt(began), endedNs: BigInt(ended) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#perl.kill('SIGKILL')
    await this.#closed
  }
}

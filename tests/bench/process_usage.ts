/** What a process has used of the machine, as Linux tells it in `/proc`. */

const TICKS_A_SECOND = 100;
const KIBIBYTES_A_MEBIBYTE = 1024;

/** Seconds of processor time so far, in user and kernel mode. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold spaces; user time is the 12th field after it, system time the 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Resident memory in MiB, now and at its highest. */
export async function readMemory(pid: number): Promise<{ resident: number; highest: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / KIBIBYTES_A_MEBIBYTE;
  return { resident: mebibytes("VmRSS"), highest: mebibytes("VmHWM") };
}

/** Memory of a process and its children in MiB; what they share counts once. */
export async function readSharedMemory(pid: number): Promise<number> {
  let sum = 0;
  for (const each of [pid, ...await childrenOf(pid)]) {
    const rollup = await Deno.readTextFile(`/proc/${each}/smaps_rollup`).catch(() => "");
    sum += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) / KIBIBYTES_A_MEBIBYTE;
  }
  return sum;
}

/** Processor seconds of a process and its living children. */
export async function readTreeCpuSeconds(pid: number): Promise<number> {
  let sum = 0;
  for (const each of [pid, ...await childrenOf(pid)]) sum += await readCpuSeconds(each).catch(() => 0);
  return sum;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.trim().split(" ").filter((child) => child !== "").map(Number);
}

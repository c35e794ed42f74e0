"""Runs a sweep as a job array on a real Slurm, with faults: the files must be those of one undisturbed machine.

This script sets up Slurm on this machine: munged, slurmctld and a slurmd for each of two nodes, with their state in a
temporary folder. All processes have that folder in their environment, so the script can find and end them.
"""

import argparse
import collections
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NODES = ["n1", "n2"]
# Files that do not belong to a run, or differ from run to run.
APART = {"parts", "submit", "plan.json", "timings.csv", ".lock"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lab")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    for number in [signal.SIGTERM, signal.SIGINT]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    install()
    with tempfile.TemporaryDirectory(prefix="mnist-lab-cluster-") as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.start()
            test_one_task_again(cluster, options.lab)
            test(Sweep(cluster, options.lab, options.long))
        except Exception:
            cluster.tell()
            raise
        finally:
            for number in [signal.SIGTERM, signal.SIGINT]:
                signal.signal(number, signal.SIG_IGN)
            cluster.end()


def install():
    """Installs Slurm if it is missing and the user may install it."""
    wanted = {"slurm-wlm": ["slurmctld", "slurmd", "sbatch"], "munge": ["munged"]}
    # The PATH of users often lacks the folder of daemons.
    os.environ["PATH"] += ":/usr/sbin"
    missing = [name for name, programs in wanted.items() if not all(map(shutil.which, programs))]
    if not missing:
        return
    names = " and ".join(missing)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"error: this needs {names} (Debian's names); found neither them nor root with apt-get to install them")
    print(f"installing {names}", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in [["update"], ["install", "--yes", "--no-install-recommends", *missing]]:
        subprocess.run(["apt-get", "-qq", *words], check=True, env=environment, stdout=subprocess.DEVNULL)


class Cluster:
    """Slurm with two nodes on this machine."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = {}
        self.conf = folder / "slurm.conf"
        self.environment = os.environ | {"SLURM_CONF": str(self.conf)}

    def start(self):
        folder, user, host = self.folder, pwd.getpwuid(os.geteuid()).pw_name, socket.gethostname().split(".")[0]
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
        port, *ports = [it.getsockname()[1] for it in sockets]
        for it in sockets:
            it.close()
        (folder / "state").mkdir()
        lines = f"""
            ClusterName=trial
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={port}
            SlurmUser={user}
            SlurmdUser={user}
            AuthType=auth/munge
            AuthInfo=socket={folder}/munge.socket,cred_expire=5
            StateSaveLocation={folder}/state
            SlurmdSpoolDir={folder}/spool-%n
            SlurmctldPidFile={folder}/slurmctld.pid
            SlurmdPidFile={folder}/%n.pid
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SlurmdParameters=config_overrides
            SchedulerParameters=sched_interval=2,bf_interval=2
            SlurmdTimeout=4
            MessageTimeout=3
            KillWait=2
            ReturnToService=2
            MpiDefault=none
            MinJobAge=3600
            PartitionName=all Nodes=ALL Default=YES
        """
        for node, port in zip(NODES, ports):
            lines += f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2\n"
            (folder / f"spool-{node}").mkdir()
        self.conf.write_text("\n".join(map(str.strip, lines.splitlines())) + "\n")
        key = folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        names = ["socket", "key-file", "log-file", "pid-file", "seed-file"]
        files = [f"--{name}={folder}/munge.{name.split('-')[0]}" for name in names]
        self.daemon("munged", "munged", "--foreground", "--force", *files)
        wait("munged", lambda: (folder / "munge.socket").exists())
        self.daemon("slurmctld", "slurmctld", "-D")
        for node in NODES:
            self.start_node(node)
        wait("two idle nodes", lambda: self.nodes("idle") == NODES)

    def daemon(self, name, *words):
        log = open(self.folder / f"{name}.log", "ab")
        self.daemons[name] = subprocess.Popen(
            words, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
        )

    def start_node(self, node):
        self.daemon(node, "slurmd", "-D", "-N", node)

    def kill_node(self, node):
        """Kills the daemon and all its processes, like a power cut."""
        self.daemons[node].kill()
        self.daemons[node].wait()
        for pid, environment in self.processes():
            if b"SLURMD_NODENAME=" + node.encode() in environment:
                kill(pid)

    def ask(self, *words, check=True, cwd=None):
        done = subprocess.run(words, env=self.environment, cwd=cwd, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def nodes(self, state):
        return sorted(self.ask("sinfo", "-h", "-N", "-t", state, "-o", "%N", check=False).split())

    def is_over(self, job):
        return not self.ask("squeue", "-h", "-j", job, check=False)

    def processes(self):
        """The processes of the cluster, and their environments."""
        mark = f"SLURM_CONF={self.conf}".encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                environment = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if mark in environment:
                yield int(path.parent.name), environment

    def tell(self):
        """Prints the last lines of the daemons' logs, which may show why the test failed."""
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            print(f"{log.name}:", *lines, sep="\n  ", file=sys.stderr)

    def end(self):
        while found := [pid for pid, _ in self.processes()]:
            for pid in found:
                kill(pid)
            for daemon in self.daemons.values():
                daemon.poll()
            time.sleep(0.05)


def test_one_task_again(cluster, lab):
    """Only the task whose time is over is queued again. The folders' names are as awkward as Slurm allows."""
    folder = cluster.folder / "it's \"a\\b\" %A"
    folder.mkdir()
    words = ["relu", "--seeds", "0..4", "--set", "hidden=256", "--set", "stopping=never", "--quiet", "--out=-out"]
    words = [lab, "sweep", "submit", "slurm", "--parts", "4", "--time", "10", "--", *words]
    array, merge = cluster.ask(*words, cwd=folder).split()

    def tasks():
        """Number, state and restarts of the array's tasks."""
        lines = cluster.ask("scontrol", "show", "job", "-o").splitlines()
        jobs = [dict(it.split("=", 1) for it in line.split() if "=" in it) for line in lines]
        jobs = [it for it in jobs if it.get("ArrayJobId") == array]
        return {it["ArrayTaskId"]: (it["JobId"], it["JobState"], int(it["Restarts"])) for it in jobs}

    def states():
        return sorted(it[1] for it in tasks().values())

    def programs():
        """The running programs of the tasks, by task."""
        found = [(pid, dict(it.split(b"=", 1) for it in environ if b"=" in it)) for pid, environ in cluster.processes()]
        return {it.get(b"SLURM_ARRAY_TASK_ID", b"").decode(): pid for pid, it in found if name(pid) == "mnist-lab"}

    results = folder / "-out/paper"
    wait("four tasks to begin", lambda: len(list(results.glob("parts/*/plan.json"))) == 4, pause=0.1)
    # The last task has the array's number.
    [last] = [task for task, it in tasks().items() if it[0] == array]
    cancelled, failed, left = sorted(tasks().keys() - {last})
    cluster.ask("scancel", f"{array}_{cancelled}")
    kill(programs()[failed])
    wait("a task to fail", lambda: states() == ["CANCELLED", "FAILED", "RUNNING", "RUNNING"], pause=0.1)
    kill(parent_of(programs()[last]), signal.SIGUSR1)
    wait("a task to be queued again", lambda: tasks()[last][2] == 1, pause=0.1)
    found = {task: it[1:] for task, it in tasks().items()}
    expected = {cancelled: ("CANCELLED", 0), failed: ("FAILED", 0), left: ("RUNNING", 0), last: found[last]}
    assert found == expected, found
    cluster.ask("scancel", array)
    wait("its merge", lambda: cluster.is_over(merge), pause=0.1)
    said = (results / "submit/paper-merge.log").read_text()
    assert "4 of 4 runs missing" in said, said
    assert (results / "submit/paper.log").exists()


class Sweep:
    """Runs of half a second each, as an array, and on one machine."""

    def __init__(self, cluster, lab, long):
        self.cluster, self.lab, self.long = cluster, lab, long
        self.seeds, self.parts = (150, 50) if long else (15, 10)
        self.runs = 2 * self.seeds
        self.words = ["relu", "momentum", "--seeds", f"0..{self.seeds}", "--set", "hidden=8", "--epochs", "15"]
        self.words += ["--set", "stopping=never", "--checkpoint-every", "0.1", "--quiet"]
        # Paths may have spaces and per cent signs.
        self.out = cluster.folder / "runs of %A"
        self.results = self.out / "paper"
        self.faults = collections.Counter()
        self.random = random.Random(7)
        self.began = time.monotonic()

    def mnist_lab(self, *words, code=0):
        environment = self.cluster.environment
        done = subprocess.run([self.lab, *words], env=environment, capture_output=True, text=True, check=False)
        said = f"mnist-lab {' '.join(words)}: {done.returncode}: {done.stdout}{done.stderr}"
        assert code is None or done.returncode == code, said
        return done.stdout.strip()

    def submit(self):
        """Submits like a user, the first time and again; returns the job numbers of the array and its merge."""
        parts = ["--parts", str(self.parts), "--time", "10", "--at-once", "8"]
        return self.mnist_lab("sweep", "submit", "slurm", *parts, "--", *self.words, "--out", str(self.out)).split()

    def missing(self):
        """The array's tasks that have runs to do."""
        return self.mnist_lab("sweep", "status", str(self.results), "--missing", "--as-array", code=None)

    def restarts(self):
        """The number of tasks that Slurm started again."""
        words = self.cluster.ask("scontrol", "show", "job", "-o").split()
        return sum(int(it.split("=")[1]) for it in words if it.startswith("Restarts="))

    def running(self):
        """The job numbers of the running tasks."""
        return self.cluster.ask("squeue", "-h", "-r", "-n", "paper", "-t", "R", "-o", "%A").split()

    def hit(self, number, parent=False):
        """Sends a signal to one of the tasks' programs, or to the script that waits for it."""
        pids = [pid for pid, it in self.cluster.processes() if b"SLURMD_NODENAME=" in b"".join(it)]
        pids = [pid for pid in pids if name(pid) == "mnist-lab"]
        pid = self.random.choice(pids) if pids else 0
        return kill(parent_of(pid) if parent else pid, number)

    def kill(self):
        """Kills a program, like a system without memory."""
        return self.hit(signal.SIGKILL)

    def time_limit(self):
        """Sends the signal that Slurm sends a minute before a time limit. A real limit would take a minute or more."""
        return self.hit(signal.SIGUSR1, parent=True)

    def requeue(self):
        """Queues a task again, like an administrator."""
        tasks = self.running()
        words = ["scontrol", "requeue", self.random.choice(tasks)] if tasks else ["false"]
        return subprocess.run(words, env=self.cluster.environment, capture_output=True).returncode == 0

    def cut(self):
        """Truncates a file of a complete run, like a file system that lost its end."""
        records = sorted(self.results.glob("parts/*/*/*/run.json"))
        if not records:
            return False
        file = self.random.choice(records).with_name("metrics.csv")
        os.truncate(file, file.stat().st_size // 2)
        return True

    def lose_node(self):
        """Kills a node with all its processes, and starts it again when Slurm has noticed."""
        nodes = self.cluster.nodes("alloc,mix")
        if not nodes or not self.running():
            return False
        node = self.random.choice(nodes)
        self.cluster.kill_node(node)
        print(f"{node} is lost", file=sys.stderr)
        wait(f"{node} to be missed", lambda: node in self.cluster.nodes("down"))
        self.cluster.start_node(node)
        wait(f"{node} to come back", lambda: node not in self.cluster.nodes("down"))
        return True

    def fault(self, kind):
        if kind():
            self.faults[kind.__name__] += 1
            print(f"{time.monotonic() - self.began:.0f} s: {kind.__name__}", file=sys.stderr)
            return True
        return False


def test(sweep):
    one = sweep.cluster.folder / "one"
    with open(sweep.cluster.folder / "one.log", "wb") as said:
        words = [sweep.lab, "run", *sweep.words, "--out", str(one)]
        alone = subprocess.Popen(words, env=sweep.cluster.environment, stdout=said, stderr=said)
    array, merge = sweep.submit()
    arrays = [array]
    wait("tasks to run", lambda: len(sweep.running()) >= 2)
    if sweep.long:
        kinds = [sweep.kill] * 8 + [sweep.requeue] * 4 + [sweep.time_limit] * 4 + [sweep.cut] * 3 + [sweep.lose_node]
        while not sweep.cluster.is_over(array):
            sweep.fault(sweep.random.choice(kinds))
            time.sleep(sweep.random.uniform(0.2, 1.0))
    else:
        wait("something to time_limit", lambda: sweep.fault(sweep.time_limit), pause=0.1)
        wait("it to be queued again", lambda: sweep.restarts() >= 1)
        for kind in [sweep.kill, sweep.requeue, sweep.lose_node, sweep.kill, sweep.cut, sweep.cut]:
            wait(f"something to {kind.__name__}", lambda kind=kind: sweep.fault(kind), pause=0.2)
    wait("the array's end", lambda: sweep.cluster.is_over(array), 600)
    wait("its merge", lambda: sweep.cluster.is_over(merge))
    assert "runs missing" in log(sweep, f"merge-{merge}"), log(sweep, f"merge-{merge}")

    # First by hand, as in the help of `status`, then by the original command.
    missing = sweep.missing()
    assert missing, "nothing is missing, after such faults"
    again = sweep.cluster.ask("sbatch", "--parsable", f"--array={missing}", str(sweep.results / "submit" / "job.sh"))
    wait("its tasks", lambda: sweep.cluster.is_over(again), 600)
    if sweep.missing():
        _, merge = sweep.submit()
        wait("the last merge", lambda: sweep.cluster.is_over(merge), 600)
    else:
        sweep.mnist_lab("sweep", "merge", str(sweep.results))
    sweep.mnist_lab("sweep", "status", str(sweep.results))
    assert alone.wait() == 0, alone.returncode
    count = compare(one / "paper", sweep.results)
    if sweep.long:
        assert sweep.faults.total() >= 50, f"{sweep.faults.total()} faults; expected at least 50"
    faults = ", ".join(f"{number} × {kind}" for kind, number in sorted(sweep.faults.items()))
    print(
        f"{sweep.runs} runs in {sweep.parts} parts on {len(NODES)} nodes, {sweep.faults.total()} faults ({faults}), "
        f"{sweep.restarts()} restarts by Slurm; then tasks {missing} again: {count} files as of one machine, "
        f"in {time.monotonic() - sweep.began:.0f} s"
    )


def compare(expected, found):
    """Compares all files byte by byte, and returns their number."""
    expected, found = files(expected), files(found)
    assert expected.keys() == found.keys(), expected.keys() ^ found.keys()
    differing = [str(name) for name in expected if expected[name] != found[name]]
    assert not differing, differing
    return len(expected)


def files(folder):
    paths = (it for it in folder.rglob("*") if it.is_file())
    names = ((it.relative_to(folder), it) for it in paths)
    return {name: it.read_bytes() for name, it in names if not APART & set(name.parts)}


def log(sweep, name):
    return (sweep.results / "submit" / f"{name}.log").read_text()


def name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def parent_of(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def kill(pid, number=signal.SIGKILL):
    try:
        if pid > 1:
            os.kill(pid, number)
        return pid > 1
    except ProcessLookupError:
        return False


def wait(what, is_so, seconds=120, pause=0.5):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(pause)


if __name__ == "__main__":
    main()

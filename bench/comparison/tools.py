"""Running programs, and what this machine is."""
import os
import platform
import subprocess

MIB = 1 << 20


def run(*command, **options):
    """Runs a program to its end; its output, or an error that shows what it said."""
    result = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout.decode()}{result.stderr.decode()}")
    return result.stdout.decode()


def install(*packages):
    run("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")


def describe_machine(directory):
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="ascii") if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo", encoding="ascii") if line.startswith("MemTotal"))
    system = run("stat", "-f", "-c", "%T", directory).strip()
    return f"{platform.system()} {platform.release()}, {os.cpu_count()} × {model}, {memory // (1 << 20)} GiB of memory; all subjects lie on one {system}"

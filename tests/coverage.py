#!/usr/bin/env python3
"""Lines of the product that tests ran, by project, from the Cobertura reports below a directory: a line counts when any report saw it run."""
import collections, glob, sys, xml.etree.ElementTree

ENGINE = {"Tessera.Container", "Tessera.Content", "Tessera.Volumes"}
LEAST_PERCENT = 85

def read(directory):
    lines = collections.defaultdict(dict)
    for report in glob.glob(f"{directory}/*/*/coverage.cobertura.xml"):
        for part in xml.etree.ElementTree.parse(report).iter("class"):
            path = "/" + part.get("filename")
            if "/src/" in path:
                seen = lines[path.split("/src/")[-1]]
                for line in part.iter("line"):
                    number = int(line.get("number"))
                    seen[number] = seen.get(number, False) or int(line.get("hits")) > 0
    return lines

def main(directory):
    lines = read(directory)
    projects = collections.defaultdict(lambda: [0, 0])
    for path, seen in lines.items():
        projects[path.split("/")[0]][0] += sum(seen.values())
        projects[path.split("/")[0]][1] += len(seen)
    print(f"{'project':<20}{'lines':>8}{'run':>8}{'percent':>9}")
    short = ENGINE - projects.keys()
    for project in sorted(ENGINE & projects.keys()):
        run, of = projects[project]
        print(f"{project:<20}{of:>8}{run:>8}{100 * run / of:>9.1f}")
        if 100 * run < LEAST_PERCENT * of:
            short.add(project)
    print("\nlargest parts not run")
    missed = sorted(((len(seen) - sum(seen.values()), path) for path, seen in lines.items() if path.split("/")[0] in ENGINE), reverse=True)
    for count, path in missed[:10]:
        print(f"{count:>6}  {path}")
    if short:
        sys.stdout.flush()
        sys.exit(f"Under {LEAST_PERCENT} %: {', '.join(sorted(short))}")

main(sys.argv[1])

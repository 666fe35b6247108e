"""What was measured so far: one line of JSON for each figure, so that a run that was stopped goes on where it was."""
import json
import os


class State:
    def __init__(self, path, settings):
        self.path = path
        self.figures = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file if line.endswith("\n")]
            if lines and lines[0] != settings:
                raise SystemExit(f"{path} is of a run with other sizes: {lines[0]}. Name another file, or remove it.")
            for line in lines[1:]:
                self._note(line)
        if not self.figures:
            with open(path, "w", encoding="utf-8") as file:
                file.write(json.dumps(settings) + "\n")

    def _note(self, line):
        self.figures.setdefault(line["subject"], {}).setdefault(line["row"], {})[line["round"]] = line["seconds"]

    def has(self, subject, rows, number):
        known = self.figures.get(subject, {})
        return all(number in known.get(row, {}) for row in rows)

    def add(self, subject, number, measured):
        with open(self.path, "a", encoding="utf-8") as file:
            for row, seconds in measured.items():
                line = {"subject": subject, "row": row, "round": number, "seconds": seconds}
                self._note(line)
                file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

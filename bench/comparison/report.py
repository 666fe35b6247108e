"""The table, the figures and the chart of a run."""
import datetime
import math

from .statistics import median, speed

PEERS = ("gocryptfs", "securefs", "cryfs", "passthrough_hp")

# What each of our profiles is measured against: sealed with sealed, plain with plain.
OPPONENTS = {"tessera": ("gocryptfs", "securefs", "cryfs"), "tessera-plain": ("passthrough_hp",), "tessera-dir": ("passthrough_hp",)}


def all_rows(scenarios, figures):
    return [row for scenario in scenarios for row in scenario.rows if any(row in rows for rows in figures.values())]


def markdown(run):
    names = [name for name in run["subjects"] if name in run["figures"]]
    lines = [
        f"# Comparison of {datetime.date.today().isoformat()}",
        "",
        run["machine"] + ".",
        run["how"],
        "",
        "| subject | version | rounds | after a power cut |",
        "|---|---|---|---|",
        *[f"| {name} | {run['versions'][name]} | {run['rounds'][name]} | {run['durability'][name]} |" for name in names],
        "",
        "## Medians",
        "",
        "Microseconds an operation, an entry or a MiB, and of a whole program where the row names one; in brackets the speed relative to the native file system.",
        "",
        "| | " + " | ".join(names) + " |",
        "|---|" + "--:|" * len(names),
    ]
    for row in run["rows"]:
        lines.append(f"| {row} | " + " | ".join(_cell(run["figures"], name, row) for name in names) + " |")
    for ours, opponents in OPPONENTS.items():
        lines += _ratios(run, ours, [name for name in opponents if name in names])
    return "\n".join(lines) + "\n"


def _cell(figures, name, row):
    if row not in figures[name]:
        return "–"
    value = median(figures[name][row])
    native = figures.get("native", {}).get(row)
    relative = f" ({median(native) / value:.2f})" if native and name != "native" else ""
    return f"{value * 1e6:,.1f}{relative}"


def _ratios(run, ours, opponents):
    if ours not in run["figures"] or not opponents:
        return []
    lines = [
        "",
        f"## {ours}: how many times as fast",
        "",
        "With the 95 % interval of the median, rounds resampled in pairs.",
        "",
        "| | " + " | ".join(opponents) + " |",
        "|---|" + "--:|" * len(opponents),
    ]
    for row in run["rows"]:
        cells = []
        for name in opponents:
            if row in run["figures"][ours] and row in run["figures"][name]:
                value, low, high = speed(run["figures"][ours][row], run["figures"][name][row])
                cells.append(f"**{value:.2f}** ({low:.2f}–{high:.2f})")
            else:
                cells.append("–")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return lines


def chart(run):
    """SVG: for each row how many times as fast our sealed profile is as each sealed peer, on a logarithmic scale, with the interval as a whisker."""
    ours, colours = "tessera", {"gocryptfs": "#2a78b8", "securefs": "#d9822b", "cryfs": "#8a8a8a"}
    names = [name for name in OPPONENTS[ours] if name in run["figures"]]
    rows = [row for row in run["rows"] if row in run["figures"].get(ours, {})]
    bar, gap, left, width = 9, 10, 250, 560
    height = 60 + sum(len(names) * bar + gap for _ in rows)
    low, high = 0.25, 64.0

    def x(value):
        return left + width * (math.log(min(max(value, low), high)) - math.log(low)) / (math.log(high) - math.log(low))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{height}" font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, name in enumerate(names):
        parts.append(f'<rect x="{left + number * 110}" y="8" width="10" height="10" fill="{colours[name]}"/>')
        parts.append(f'<text x="{left + number * 110 + 14}" y="17">times {name}</text>')
    for tick in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64):
        colour = "#444" if tick == 1 else "#ddd"
        parts.append(f'<line x1="{x(tick):.1f}" y1="38" x2="{x(tick):.1f}" y2="{height - 10}" stroke="{colour}"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="34" text-anchor="middle" fill="#444">{tick:g}</text>')
    y = 46
    for row in rows:
        parts.append(f'<text x="{left - 8}" y="{y + len(names) * bar / 2 + 4:.0f}" text-anchor="end">{row}</text>')
        for name in names:
            if row in run["figures"][name]:
                value, lower, upper = speed(run["figures"][ours][row], run["figures"][name][row])
                start, end = sorted((x(1), x(value)))
                parts.append(f'<rect x="{start:.1f}" y="{y}" width="{max(end - start, 1):.1f}" height="{bar - 2}" fill="{colours[name]}"/>')
                parts.append(f'<line x1="{x(lower):.1f}" y1="{y + 3.5}" x2="{x(upper):.1f}" y2="{y + 3.5}" stroke="black" stroke-width="0.8"/>')
            y += bar
        y += gap
    return "\n".join([*parts, "</svg>"]) + "\n"

"""Medians and what they are worth."""
import random
import statistics

RESAMPLES = 4000
CONFIDENCE = 0.95


def median(rounds):
    return statistics.median(rounds.values())


def speed(ours, theirs):
    """How many times as fast ours is, with its 95 % interval: rounds are resampled in pairs, since what disturbs a round disturbs both. Both map rounds to
    seconds; a subject that ran fewer rounds bounds them."""
    rounds = sorted(set(ours) & set(theirs))
    pairs = [(ours[number], theirs[number]) for number in rounds]
    value = statistics.median(their for _, their in pairs) / statistics.median(our for our, _ in pairs)
    if len(pairs) < 3:
        return value, value, value
    source = random.Random(len(pairs))
    ratios = []
    for _ in range(RESAMPLES):
        sample = [source.choice(pairs) for _ in pairs]
        ratios.append(statistics.median(their for _, their in sample) / statistics.median(our for our, _ in sample))
    ratios.sort()
    tail = int(RESAMPLES * (1 - CONFIDENCE) / 2)
    return value, ratios[tail], ratios[-1 - tail]

"""The random numbers of src/core/rng.h: Philox4x32-10 (Salmon et al., SC 2011)."""

(GENERATE, SPLIT, INITIALIZE, SHUFFLE, TIME, NOISE_NODE, NOISE_PAIR, DROPOUT, VALIDATE_TIME,
 VALIDATE_NODE, VALIDATE_PAIR, SAMPLE_SIZE, PRIOR_NODE, PRIOR_PAIR, REVERSE_NODE, REVERSE_PAIR,
 TEST) = range(1, 18)

M32 = 2 ** 32 - 1


def block(seed, purpose, graph, step, number):
    """Four words of 32 bits: the counter is (number, step, graph, purpose), the key the seed."""
    a, b, c, d = number, step, graph, purpose
    key, other = seed & M32, seed >> 32
    for _ in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ key, right & M32, (left >> 32) ^ d ^ other, left & M32
        key, other = (key + 0x9E3779B9) & M32, (other + 0xBB67AE85) & M32
    return a, b, c, d


def word(seed, purpose, graph, step, element):
    return block(seed, purpose, graph, step, element // 4)[element % 4]


def uniform(seed, purpose, graph, step, element):
    """In [0, 1), 24 bits fine."""
    return (word(seed, purpose, graph, step, element) >> 8) * 2.0 ** -24


class Stream:
    def __init__(self, seed, purpose, graph=0, step=0):
        self.key, self.next = (seed, purpose, graph, step), 0

    def below(self, bound):
        """0 .. bound - 1, by refusing the first 2^32 mod bound words."""
        while True:
            bits = word(*self.key, self.next)
            self.next += 1
            if bits >= 2 ** 32 % bound:
                return bits % bound

    def uniform(self):
        """In [0, 1), 53 bits fine."""
        high, low = word(*self.key, self.next), word(*self.key, self.next + 1)
        self.next += 2
        return ((high >> 5) * 2 ** 26 + (low >> 6)) * 2.0 ** -53

    def shuffled(self, count):
        """0 .. count - 1 in the order of Fisher and Yates, from the last place down."""
        items = list(range(count))
        for k in range(count, 1, -1):
            other = self.below(k)
            items[k - 1], items[other] = items[other], items[k - 1]
        return items


def hash32(x):
    """Wellons' lowbias32, which makes dropout's masks of their keys."""
    x &= M32
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> shift)) * factor) & M32
    return x ^ (x >> 16)

"""Private keys of the lab, for CA and routers: by chance, or with a seed the same ones in each run.

KEYS MADE WITH A SEED ARE FOR REHEARSALS ONLY. Each is as secret as the seed and no more: whoever knows or guesses the
seed (`lab up --seed 7` is guessed at once) has all keys of the CA and of the routers. Nothing outside of a lab may ever
trust them, and nothing outside of a lab may use this module.

Owns how a key follows from a seed and a purpose. What a key is for, and how often one was made, its callers say.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import math

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

MAX_SEEDED_RSA = 4096
"""Longer RSA keys are by chance even with a seed: to find their primes in Python takes longer than a client waits."""
_EXPONENT = 65537
_ROUNDS = 8
"""Of Miller and Rabin: for numbers of 512 bits and more that nobody has chosen an error is less likely than 2**-80."""
_SIEVE_BOUND = 20_000
#: How many odd numbers from a start are looked at, before another start.
_WINDOW = 4096


class KeyMaker:
    """Makes private keys. Without a seed they are random; with one, the same purpose gives the same key."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed

    @property
    def is_seeded(self) -> bool:
        """Whether keys follow from a seed; then the purpose must differ for each key that is to be another one."""
        return bool(self._seed)

    def rsa(self, bits: int, *purpose: str | int) -> rsa.RSAPrivateKey:
        """An RSA key. ValueError for a size that the library refuses."""
        if not self._seed or not 1024 <= bits <= MAX_SEEDED_RSA:
            return rsa.generate_private_key(_EXPONENT, bits)
        stream = _Stream(self._seed, ("rsa", bits, *purpose))
        p = _prime(stream, (bits + 1) // 2)
        q = next(prime for prime in iter(lambda: _prime(stream, bits // 2), 0) if prime != p)
        d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
        return rsa.RSAPrivateNumbers(
            p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(_EXPONENT, p * q)
        ).private_key()

    def rsa_pem(self, bits: int, *purpose: str | int) -> bytes:
        """An RSA key as PKCS #8 in PEM."""
        return self.rsa(bits, *purpose).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def ec(self, curve: ec.EllipticCurve, *purpose: str | int) -> ec.EllipticCurvePrivateKey:
        """A key on a NIST curve."""
        if not self._seed:
            return ec.generate_private_key(curve)
        # A bit less than the order of the curve has, so that every number is below it.
        number = 1 + _Stream(self._seed, (curve.name, *purpose)).number(curve.key_size - 1)
        return ec.derive_private_key(number, curve)

    def ed25519(self, *purpose: str | int) -> ed25519.Ed25519PrivateKey:
        """An Ed25519 key."""
        if not self._seed:
            return ed25519.Ed25519PrivateKey.generate()
        return ed25519.Ed25519PrivateKey.from_private_bytes(_Stream(self._seed, ("ed25519", *purpose)).take(32))


class _Stream:
    """Endless bytes that follow from seed and purpose: HMAC-SHA-512 of a counter."""

    def __init__(self, seed: str, purpose: tuple[str | int, ...]) -> None:
        self._key = hashlib.sha512(json.dumps([seed, *purpose]).encode()).digest()
        self._counter = itertools.count()
        self._rest = b""

    def take(self, size: int) -> bytes:
        """The next bytes."""
        while len(self._rest) < size:
            self._rest += hmac.digest(self._key, next(self._counter).to_bytes(8, "big"), "sha512")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def number(self, bits: int) -> int:
        """The next number of at most that many bits."""
        return int.from_bytes(self.take((bits + 7) // 8), "big") >> (-bits % 8)


def _small_primes() -> tuple[int, ...]:
    sieve = bytearray([1]) * _SIEVE_BOUND
    for number in range(3, math.isqrt(_SIEVE_BOUND) + 1, 2):
        if sieve[number]:
            sieve[number * number :: 2 * number] = bytes(len(range(number * number, _SIEVE_BOUND, 2 * number)))
    return tuple(number for number in range(3, _SIEVE_BOUND, 2) if sieve[number])


_SMALL_PRIMES = _small_primes()


def _prime(stream: _Stream, bits: int) -> int:
    """The first prime behind a number of the stream, good for RSA: top two bits set, p-1 coprime to the exponent."""
    while True:
        start = stream.number(bits) | 0b11 << (bits - 2) | 1
        for candidate in _sieved(start):
            if candidate.bit_length() == bits and candidate % _EXPONENT != 1 and _is_prime(candidate, stream):
                return candidate


def _sieved(start: int) -> list[int]:
    """The odd numbers from an odd start on that no small prime divides."""
    window = bytearray([1]) * _WINDOW
    for prime in _SMALL_PRIMES:
        # start + 2 * first is the first multiple of the prime.
        first = -start * ((prime + 1) // 2) % prime
        window[first::prime] = bytes(len(range(first, _WINDOW, prime)))
    return [start + 2 * place for place, stays in enumerate(window) if stays]


def _is_prime(number: int, stream: _Stream) -> bool:
    """Miller and Rabin: two first, which almost no composite passes, then numbers of the stream."""
    if pow(2, number - 1, number) != 1:
        return False
    twos = (number - 1 & -(number - 1)).bit_length() - 1
    odd = number >> twos
    bases = (2 + stream.number(number.bit_length()) % (number - 3) for _ in range(_ROUNDS))
    return all(_passes(number, base, odd, twos) for base in bases)


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    value = pow(base, odd, number)
    if value in (1, number - 1):
        return True
    for _ in range(twos - 1):
        value = value * value % number
        if value == number - 1:
            return True
    return False

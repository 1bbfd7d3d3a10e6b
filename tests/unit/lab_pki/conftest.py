from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.lab_bench import Bench
from tests.support.minting import CA, key_usage, rsa_key


@pytest.fixture(scope="session")
def authority() -> CA:
    """A CA that is valid now."""
    now = datetime.now(UTC)
    usage = key_usage("key_cert_sign", "crl_sign")
    return CA.make(usage=usage, not_before=now - timedelta(days=1), not_after=now + timedelta(days=100))


@pytest.fixture(scope="session")
def keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """Two router keys."""
    return rsa_key(), rsa_key()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A 21.2 router."""
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def new_bench(tmp_path: Path) -> Iterator[Bench]:
    """A 25.10 router."""
    made = Bench(tmp_path / "new", "25.10")
    yield made
    made.close()

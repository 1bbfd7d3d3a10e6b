from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority

from tests.support.cmp_messages import SECRET, SUBJECT

START = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def clock() -> list[datetime.datetime]:
    """Lab time: a list of one element that a test may replace."""
    return [START]


@pytest.fixture
def ca(tmp_path: Path, clock: list[datetime.datetime]) -> Iterator[CertificationAuthority]:
    """A CA with an ECDSA key in a folder of its own."""
    authority = CertificationAuthority.create_or_load(
        tmp_path / "ca", "Lab CA", lambda: clock[0], key_kind="ecdsa-p256", real_now=lambda: START
    )
    yield authority
    authority.close()


@pytest.fixture(scope="session")
def router_key() -> ec.EllipticCurvePrivateKey:
    """A router's key."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def coded(ca: CertificationAuthority) -> CertificationAuthority:
    """The CA with a code for one router."""
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    return ca

"""Read a saved configuration of 5 MB of which little is ours, beside tokenising the whole of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from sroscert.render.mdcli_read import from_saved, from_text
from sroscert.render.saved import pick
from sroscert.schema import load
from sroscert.workflow.observe import readable

SIZE = 5_000_000
OURS = 'configure {\n    system {\n        security {\n            tls {\n                cert-profile "p" {\n'
CLOSING = "                }\n            }\n        }\n    }\n}\n"
FOREIGN = """\
    service {{
        vprn "v{0}" {{
            description "customer {0} {{ # }}"
            autonomous-system {0}
            interface "to-{0}" {{
                tags [a "b c"]
                ipv4 {{
                    primary {{
                        address 10.0.0.1
                        prefix-length 31
                    }}
                }}
            }}
        }}
    }}
"""
LINES = """\
/configure service vprn "v{0}" description "customer {0} {{ # }}"
/configure service vprn "v{0}" interface "to-{0}" tags [a "b c"]
/configure service vprn "v{0}" interface "to-{0}" ipv4 primary address 10.0.0.1 prefix-length 31
"""


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of the quickest of three runs."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main() -> None:
    """Print one line a form."""
    schema = load("25.10")
    wanted = readable(schema)
    count = SIZE // len(FOREIGN.format(1000))
    braces = OURS.replace("{\n", "{\n" + "".join(FOREIGN.format(i) for i in range(count)), 1) + CLOSING
    flat = "".join(LINES.format(i) for i in range(SIZE // len(LINES.format(1000))))
    flat += '/configure system security tls cert-profile "p"\n'
    for name, text in (("braces", braces), ("flat lines", flat)):
        ours = seconds(lambda text=text: from_saved(pick(text, wanted).text, schema))
        whole = seconds(lambda text=text: from_text(text, schema, skip_unknown=True))
        size = len(text) / 1e6
        print(f"{name:12} {size:4.1f} MB   read {ours:5.2f} s   every token {whole:5.2f} s   1:{whole / ours:.0f}")


if __name__ == "__main__":
    main()

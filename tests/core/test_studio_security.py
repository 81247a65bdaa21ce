"""What the studio refuses: each way in that a page elsewhere or a program might try, by name."""

import http.client
import socket
import threading
from pathlib import Path

import pytest

from ssc_melody.errors import OptionError
from ssc_melody.studio import security, server, work
from tests.studio_server import Studio, running

WISH = {"bundle": "ssc_basic_rnn", "flags": {"num_outputs": 1, "num_steps": 8, "seed": 1}}


def test_it_listens_on_the_loopback_interface_only(studio: Studio) -> None:
    listener = server.listen(0)
    assert listener.getsockname()[0] == "127.0.0.1"
    listener.close()
    others = {row[4][0] for row in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
            socket.create_connection((address, studio.port), 5)


def test_a_port_that_is_taken_is_one_line() -> None:
    listener = server.listen(0)
    with pytest.raises(OptionError, match=r"port: \d+ cannot be had \(.+\); `port=0` takes"):
        server.listen(listener.getsockname()[1])
    listener.close()


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/api/start", "/wrong/api/start", "//", "/%00/"]
)
def test_without_the_token(studio: Studio, path: str) -> None:
    answer = studio.ask(path)
    assert answer.status == 403
    assert answer.body == b"the address lacks the token that the command printed\n"


def test_tokens_differ_and_are_long() -> None:
    tokens = {security.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 22


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "[::1]:{port}", "127.0.0.1:1",
     "127.0.0.1:{port}.evil.example"],
)  # fmt: skip
def test_a_foreign_host_as_of_dns_rebinding(studio: Studio, host: str) -> None:
    answer = studio.ask("api/start", headers={"Host": host.format(port=studio.port)})
    assert answer.status == 421
    assert answer.body == b"this server is known by another name\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_of_another_page(studio: Studio, headers: dict) -> None:
    sent = {name: value.format(port=studio.port) for name, value in headers.items()}
    answer = studio.ask("api/generate", WISH, headers=sent)
    assert (answer.status, answer.body) == (403, b"a request of another page\n")


def test_its_own_page_may_ask(studio: Studio) -> None:
    own = {"Origin": f"http://127.0.0.1:{studio.port}", "Sec-Fetch-Site": "same-origin"}
    assert studio.ask("api/generate", WISH, headers=own).status == 200
    assert studio.ask("", headers={"Host": f"localhost:{studio.port}"}).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_elsewhere_could_post(studio: Studio, kind: str) -> None:
    answer = studio.ask("api/generate", WISH, headers={"content-type": kind})
    assert (answer.status, answer.json) == (415, {"error": "expected JSON"})
    answer = studio.ask("api/bundle?name=x.mag", b"x", headers={"content-type": kind})
    assert (answer.status, answer.json) == (415, {"error": "expected a file"})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods(studio: Studio, method: str) -> None:
    assert studio.ask("api/start", method=method).status == 405


def test_a_web_socket(studio: Studio) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    assert studio.ask("socket", headers=headers).status in (400, 403, 404)


@pytest.mark.parametrize("path", ["api/generate", "api/bundle", "api/music", "api/project"])
def test_100_megabytes_are_refused_unread(studio: Studio, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=20)
    connection.putrequest("POST", f"/{studio.token}/{path}")
    connection.putheader("content-type", "application/octet-stream")
    connection.putheader("content-length", str(100 * 2**20))
    connection.endheaders()
    answer = connection.getresponse()  # before a byte of the body is sent
    assert answer.status == 413
    assert answer.read().startswith(b"expected at most ")
    connection.close()


def test_100_megabytes_that_do_not_say_so(studio: Studio) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=20)
    connection.putrequest("POST", f"/{studio.token}/api/music")
    connection.putheader("content-type", "application/octet-stream")
    connection.putheader("transfer-encoding", "chunked")
    connection.endheaders()
    block, sent = b"100000\r\n" + bytes(2**20) + b"\r\n", 0
    try:
        while sent < 100:
            connection.send(block)
            sent += 1
        status = connection.getresponse().status
    except OSError:  # it does not listen any more
        status = 413
    assert status == 413
    assert sent < 100
    connection.close()


def test_a_body_that_never_ends(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "MAX_BODY_SECONDS", 0.2)
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=20)
    connection.putrequest("POST", f"/{studio.token}/api/generate")
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", "100")
    connection.endheaders()
    connection.send(b"{")
    assert connection.getresponse().status == 408
    connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "/etc/passwd",
        "api/../../etc/passwd",
        "style.css/../server.py",
        "server.py",
        "x" * 1000,
    ],
)
def test_a_path_outside(studio: Studio, path: str) -> None:
    answer = studio.ask(f"/{studio.token}/{path}")
    assert answer.status in (404, 414)
    assert b"root:" not in answer.body


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "nothing.mag", "", "\x00"])
def test_a_bundle_outside_the_list(studio: Studio, name: str) -> None:
    for path in ("api/model", "api/command", "api/generate"):
        answer = studio.ask(path, {**WISH, "bundle": name})
        assert answer.status == 404
        assert answer.json["error"].startswith("no bundle ")


@pytest.mark.parametrize(
    "flag",
    ["primer_midi", "rhythm_of", "pitches_of", "bundle_file", "run_dir", "checkpoint_file",
     "flagfile", "output_dir", "hparams", "engine", "log", "help", "from_bundle", "mixtape"],
)  # fmt: skip
def test_flags_that_name_files_or_do_more_than_choose(studio: Studio, flag: str) -> None:
    answer = studio.ask("api/generate", {**WISH, "flags": {flag: "/etc/passwd"}})
    assert answer.status == 400
    assert answer.json == {"error": f"no flag '{flag}' is known to the studio"}


def test_a_folder_of_bundles_lists_its_own_only(tmp_path: Path, basic_mag: Path) -> None:
    inside = tmp_path / "models"
    inside.mkdir()
    (inside / "mine.mag").write_bytes(basic_mag.read_bytes())
    (tmp_path / "outside.mag").write_bytes(basic_mag.read_bytes())
    (inside / "notes.txt").write_text("private")
    with running(inside) as found:
        names = [row["name"] for row in found.ask("api/start").json["models"]]
        assert "mine.mag" in names
        assert not {"outside.mag", "notes.txt"} & set(names)
        assert found.ask("api/model", {"bundle": "../outside.mag"}).status == 404
        assert found.ask("api/model", {"bundle": "mine.mag"}).json["config"] == "basic_rnn"


def test_every_answer_carries_the_headers(studio: Studio) -> None:
    for answer in (studio.ask(""), studio.ask("api/start"), studio.ask("nothing"), studio.ask("/")):
        found = {name.lower(): value for name, value in answer.headers.items()}
        assert "frame-ancestors 'none'" in found["content-security-policy"]
        assert "default-src 'none'" in found["content-security-policy"]
        assert found["referrer-policy"] == "no-referrer"
        assert found["x-content-type-options"] == "nosniff"
        assert found["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in found
        assert "server" not in found


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"bundle": 1, "flags": {}}', b"\xff\xfe",
     b'{"bundle": "ssc_basic_rnn"}', b'{"bundle": "ssc_basic_rnn", "flags": []}',
     b'{"bundle": "ssc_basic_rnn", "flags": {"num_steps": [1]}}',
     b'{"bundle": "ssc_basic_rnn", "flags": {"num_steps": 1e999}}',
     b'{"bundle": "ssc_basic_rnn", "flags": {}, "rhythm_of": "x"}',
     b'{"bundle": "ssc_basic_rnn", "flags": {}, "rhythm_of": [999]}',
     b'{"bundle": "ssc_basic_rnn", "flags": {"num_outputs": 101}}',
     b'{"bundle": "ssc_basic_rnn", "flags": {"num_steps": 4097}}',
     b'{"bundle": "ssc_basic_rnn", "flags": {"beam_size": 9999}}'],
)  # fmt: skip
def test_requests_of_another_shape_are_one_line(studio: Studio, body: bytes) -> None:
    answer = studio.ask("api/generate", body, headers={"content-type": "application/json"})
    assert answer.status == 400
    assert "\n" not in answer.json["error"]
    assert "Traceback" not in answer.json["error"]


def test_too_many_orders_are_told_so(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST_WAITING", 2)
    go = threading.Event()
    load = studio.api._shelf.model
    monkeypatch.setattr(studio.api._shelf, "model", lambda name: load(name) if go.wait(30) else 0)
    statuses: list[int] = []

    def one() -> None:
        statuses.append(studio.ask("api/model", {"bundle": "ssc_basic_rnn"}).status)

    threads = [threading.Thread(target=one) for _ in range(9)]
    for thread in threads:
        thread.start()
    for _ in range(400):
        if statuses.count(503) == 5:
            break
        threading.Event().wait(0.05)
    go.set()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [200] * 4 + [503] * 5

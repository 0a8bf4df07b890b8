"""Who may come in, on HTTP and on the socket."""

import pytest
from pydantic import ValidationError
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from microscope.api.gate import Gate, is_loopback
from microscope.settings import Settings
from microscope.wire.line import CLOSE_FOREIGN_ORIGIN, CLOSE_TOO_MANY, CLOSE_UNAUTHORIZED
from tests.api.conftest import SOCKET, Serve


async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the gate: every address is answered."""
    await PlainTextResponse("in")(scope, receive, send)


def gate(token: str, at: str = "127.0.0.1:8000") -> TestClient:
    """A server with this secret, and nothing behind its gate that would have to be loaded."""
    return TestClient(Gate(let_in, Settings(token=token)), base_url=f"http://{at}")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "[::1]:8000", "127.9.9.9"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", ""])
def test_a_foreign_host_is_refused_in_words(client: TestClient, host: str) -> None:
    answer = client.get("/api/health", headers={"host": host})
    assert answer.status_code == 403
    assert "Host" in answer.json()["error"]
    assert "MICROSCOPE_ALLOWED_HOSTS" in answer.json()["next"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8001"])
def test_a_foreign_origin_is_refused_on_both_roads(client: TestClient, origin: str) -> None:
    answer = client.post("/api/lens", json={"text": "a"}, headers={"origin": origin})
    assert (answer.status_code, answer.json()["status"]) == (403, 403)
    with client.websocket_connect(SOCKET, headers={"origin": origin}) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == CLOSE_FOREIGN_ORIGIN


def test_our_own_pages_and_allowed_origins_come_in(serve: Serve) -> None:
    client = serve(allowed_origins=["http://127.0.0.1:5173"])
    for origin in ("http://127.0.0.1:8000", "http://127.0.0.1:5173"):
        assert client.get("/api/health", headers={"origin": origin}).status_code == 200


def test_with_a_token_nothing_is_answered_without_it(serve: Serve) -> None:
    client = serve(token="sesame")
    assert client.get("/api/health").status_code == 401
    assert client.get("/").status_code == 401
    assert client.get("/api/health", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/api/health", headers={"authorization": "Bearer sesame"}).status_code == 200
    with client.websocket_connect(SOCKET) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == CLOSE_UNAUTHORIZED


def test_a_token_in_the_address_moves_into_a_cookie(serve: Serve) -> None:
    client = serve(token="sesame")
    answer = client.get("/chat?token=sesame", follow_redirects=False)
    assert answer.status_code == 307
    assert "token" not in answer.headers["location"]
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("/lens/abc?token=4&token=sesame&read=after", "/lens/abc?token=4&read=after"),
        ("/lens/abc?text=a%26b&token=sesame", "/lens/abc?text=a%26b"),
        ("//evil.example/?token=sesame", "/evil.example/"),
    ],
)
def test_whatever_else_the_address_holds_stays_in_it(address: str, location: str) -> None:
    answer = gate("sesame").get(f"http://127.0.0.1:8000{address}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, location)


def test_a_selected_position_in_the_address_is_no_token() -> None:
    client = gate("sesame")
    assert client.get("/lens/abc?token=4", follow_redirects=False).status_code == 401
    client.cookies.set("microscope_token_8000", "sesame")
    answer = client.get("/lens/abc?token=4&read=after", follow_redirects=False)
    assert (answer.status_code, answer.text) == (200, "in")
    assert "set-cookie" not in answer.headers
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize("token", ["a b;c", "100%", "naïve", "日本", '"', "a+b&c=d"])
def test_any_secret_survives_the_address_and_the_cookie(token: str) -> None:
    client = gate(token)
    assert client.get("/", params={"token": token}).status_code == 200
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize("hosts", [("127.0.0.1:8000", "127.0.0.1:8001"), ("localhost", "localhost:8000")])
def test_two_servers_on_one_host_keep_a_browser_logged_in_at_both(hosts: tuple[str, str]) -> None:
    first, second = (gate(f"secret of {host}", host) for host in hosts)
    assert first.get("/", params={"token": f"secret of {hosts[0]}"}).status_code == 200
    second.cookies = first.cookies  # As a browser has them: cookies know hosts and no ports.
    assert second.get("/", params={"token": f"secret of {hosts[1]}"}).status_code == 200
    first.cookies = second.cookies
    assert [server.get("/api/health").status_code for server in (first, second)] == [200, 200]


def test_another_programs_cookie_is_no_business_of_ours() -> None:
    cookie = {"cookie": "a/b=1; =; microscope_token_8000=sesame; {}"}
    assert gate("sesame").get("/api/health", headers=cookie).status_code == 200


@pytest.mark.parametrize("token", ["", "sesame"])
@pytest.mark.parametrize("headers", [{"host": "["}, {"host": "[::1"}, {"origin": "http://["}])
def test_a_header_that_cannot_be_read_is_refused_on_both_roads(token: str, headers: dict[str, str]) -> None:
    client = gate(token)
    headers = {**headers, "authorization": f"Bearer {token}"}
    answer = client.get("/api/health", headers=headers)
    assert (answer.status_code, set(answer.json())) == (403, {"error", "next", "status"})
    with client.websocket_connect(SOCKET, headers=headers) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == CLOSE_FOREIGN_ORIGIN


def test_a_secret_is_no_number_since_an_address_holds_those_too() -> None:
    with pytest.raises(ValidationError, match="a number is also a position"):
        Settings(token="42")


def test_too_many_requests_name_the_setting(serve: Serve) -> None:
    client = serve(max_requests_per_minute=3)
    answers = [client.get("/api/health") for _ in range(8)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert "MICROSCOPE_MAX_REQUESTS_PER_MINUTE" in answers[-1].json()["next"]


def test_a_body_over_the_limit_names_the_setting_whether_or_not_it_says_its_length(serve: Serve) -> None:
    client = serve(max_message_bytes=1_000)
    whole = client.post("/api/lens", json={"text": "a" * 2_000})
    pieces = client.post(
        "/api/lens", content=iter([b"x" * 600, b"x" * 600]), headers={"content-type": "application/json"}
    )
    for answer in (whole, pieces):
        assert answer.status_code == 413
        assert "MICROSCOPE_MAX_MESSAGE_BYTES" in answer.json()["next"]


def test_one_socket_too_many_is_closed_with_the_reason(serve: Serve) -> None:
    client = serve(max_sockets=1)
    with client.websocket_connect(SOCKET) as first:
        assert first.receive_json()["type"] == "welcome"
        with client.websocket_connect(SOCKET) as second, pytest.raises(WebSocketDisconnect) as closed:
            second.receive_text()
        assert closed.value.code == CLOSE_TOO_MANY
        assert "MICROSCOPE_MAX_SOCKETS" in closed.value.reason


@pytest.mark.parametrize(
    ("host", "expected"),
    [("::1", True), ("127.1.2.3", True), ("localhost", True), ("0.0.0.0", False), ("10.0.0.1", False)],
)
def test_what_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected

"""The end of a service that is still at work."""

import contextlib
import threading

import httpx
import pytest

from tests.e2e.service import BUNDLED_MODEL, Service


@pytest.fixture
def service(tmp_path):
    service = Service(tmp_path, BUNDLED_MODEL)
    try:
        service.start()
        yield service
    finally:
        service.close()


def test_a_long_request_does_not_keep_the_service_from_ending(service):
    def ask_for_much():
        with contextlib.suppress(httpx.HTTPError):  # cut off, as it should be
            service.http.post("/v1/sample", json={"num_molecules": 10_000, "temperature": 1.0})

    asking = threading.Thread(target=ask_for_much)
    asking.start()
    service.wait(lambda: service.get("/v1/models")["items"] != [], what="an answer meanwhile")
    assert service.stop(seconds=15) == 0, service.log_tail()
    asking.join()

"""Campaigns in `/metrics`."""


def test_campaigns_are_counted_from_the_database(client, create, run, scrape):
    finished, draft = create(), create()
    client.post(f"{finished}/start")
    campaign = run(finished)
    found = scrape()
    assert found["molwright_campaigns", "succeeded"] == 1
    assert found["molwright_campaigns", "draft"] == 1
    assert found["molwright_campaigns", "failed"] == 0
    assert found["molwright_evaluations",] == campaign["num_evaluations"]
    assert found["molwright_iterations",] >= 2
    assert found["molwright_iteration_seconds",] > 0
    assert found["molwright_campaign_decodes",] >= found["molwright_campaign_decodes_invalid",] >= 0
    assert found["molwright_campaigns_stalled",] == 0
    assert client.get(draft).json()["state"] == "draft"

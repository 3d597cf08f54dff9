"""A short run of the soak, whose memory is only looked at in long ones."""

import soak


def test_soak():
    run = soak.Soak(1, soak.load_probe())
    print(run.run(100_000))
    run.forget()
    assert run.failures == []

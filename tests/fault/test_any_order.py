"""However records are delivered, they count the same."""

from fault.anyorder import deliver_in_any_order


def test_any_order_any_chunks_again_and_again_by_three_collectors_counts_as_one_load(tmp_path):
    records, calls = deliver_in_any_order(tmp_path, deliveries=400, seed=20201201)
    assert records > 10 * calls > 0

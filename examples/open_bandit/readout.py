"""Print what feedlift's marts say about the Open Bandit Dataset sample."""

from pathlib import Path

import duckdb

DATABASE = Path(__file__).with_name("open_bandit.duckdb")

ARMS = """
    select experiment_id, arm, user_count, cast(round(clicks_per_user * user_count) as bigint), ctr
    from main_marts.experiment_arm_metrics
    where population = 'assigned'
    order by experiment_id, is_control desc
"""

CONTRASTS = """
    select
        experiment_id, estimate, estimate_lower, estimate_upper, relative_lift, relative_lift_lower,
        relative_lift_upper, p_value, approximation_quality
    from main_marts.experiment_results
    where metric = 'ctr' and method = 'unadjusted' and population = 'assigned' and segment = 'all'
    order by experiment_id
"""

SAMPLE_RATIOS = """
    select experiment_id, status, detail
    from main_marts.experiment_health
    where check_name = 'sample_ratio_mismatch'
    order by experiment_id
"""

UNKNOWN_METRICS = """
    select distinct metric
    from main_marts.experiment_results
    where null_reason = 'not_logged'
    order by metric
"""


def table(alignments: str, header: list[str], rows: list[list[str]]) -> str:
    """Lay out a header and rows of text; each character of `alignments`, < or >, aligns one column."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    layout = "  ".join(f"{{:{alignment}{width}}}" for alignment, width in zip(alignments, widths, strict=True))
    return "\n".join(f"  {layout.format(*line)}".rstrip() for line in lines)


def contrast(row: tuple) -> list[str]:
    """One campaign's contrast as text."""
    campaign, estimate, lower, upper, lift, lift_lower, lift_upper, p_value, is_doubtful = row
    finding = "no difference shown" if lower <= 0 <= upper else f"CTR is {'higher' if estimate > 0 else 'lower'}"
    return [
        campaign,
        f"{estimate:+.4f}",
        f"[{lower:+.4f}, {upper:+.4f}]",
        f"{lift:+.0%}",
        f"[{lift_lower:+.0%}, {lift_upper:+.0%}]",
        f"{p_value:.3f}",
        finding + (" (few clicks)" if is_doubtful else ""),
    ]


def main() -> None:
    """Query the marts and print the readout."""
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        arms, contrasts, sample_ratios, unknown_metrics = (
            connection.execute(query).fetchall() for query in (ARMS, CONTRASTS, SAMPLE_RATIOS, UNKNOWN_METRICS)
        )
    print("\nOpen Bandit Dataset, sample: two policies choose fashion items, 24 to 30 November 2019\n")
    print("Click-through rate = clicked rounds / rounds. One round, one item shown once, is one unit.")
    print(
        table(
            "<<>>>",
            ["campaign", "policy", "rounds", "clicks", "CTR"],
            [[campaign, arm, f"{n:,}", str(clicks), f"{ctr:.4f}"] for campaign, arm, n, clicks, ctr in arms],
        )
    )
    print("\nThompson sampling (bts) against random choice, with 95 % intervals")
    print(
        table(
            "<>>>>><",
            ["campaign", "difference", "interval", "lift", "interval", "p", "finding"],
            [contrast(row) for row in contrasts],
        )
    )
    print("  Few clicks: fewer than 100 in an arm, so that interval and p are rough.")
    print("  Each campaign is tested at 5 %: of three such tests, one finds a difference by chance 14 % of the time.")
    print("\nSample ratio")
    for campaign, status, detail in sample_ratios:
        print(f"  {campaign}: {status}. {detail}")
    print("  The files were cut at 10,000 rounds each, so the sizes of the arms say nothing about the assignment.")
    print("\nUnknown, because these logs do not tell (null in the marts, never zero)")
    print(f"  {', '.join(metric for (metric,) in unknown_metrics)}")


if __name__ == "__main__":
    main()

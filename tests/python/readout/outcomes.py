"""What each user did, in each window that an experiment opens: straight from the events and their times."""

from datetime import datetime, time, timedelta

import polars as pl

ATTRIBUTION_WINDOW = timedelta(hours=24)
COVARIATE_WINDOW = timedelta(days=14)
NEW_USER_TIME = timedelta(days=28)
LONG_CLICK_MS = 30_000
BOUNCE_MS = 5_000
VIEWPORT_FRACTION = 0.5
VISIBLE_MS = 1_000
FRESH = timedelta(hours=72)
VISIBLE_MS_OF_VIDEO = 2_000

SATISFYING_TYPES = ["save", "board_add", "add_to_cart", "purchase"]
SHOPPING_TYPES = ["product_click", "add_to_cart", "purchase"]
POSITIVE_TYPES = ["click", "closeup", "save", "outbound_click", "board_add", "follow", "video_complete"]
POSITIVE_TYPES += SHOPPING_TYPES
OPT_OUT_TYPES = ["not_interested", "unfollow", "unsubscribe", "notifications_off"]
EARLY_EXIT = timedelta(seconds=10)

# Of every impression: whether it counts, and whether it counts and was clicked, by each definition.
IMPRESSION_MEASURES = [
    *("impressions", "clicked_impressions", "satisfied_clicked_impressions"),
    *("logged_impressions", "clicked_logged_impressions"),
    *("rendered_impressions", "clicked_rendered_impressions"),
    *("viewport_impressions", "clicked_viewport_impressions"),
    *("positioned_impressions", "impression_positions", "fresh_impressions", "shoppable_impressions"),
    "video_visible_ms",
]
SESSION_MEASURES = [
    *("sessions", "return_visits", "session_seconds", "session_impressions"),
    *("engaged_sessions", "shopping_engaged_sessions", "early_exits"),
]
IS_AT_HOME = pl.col("surface") == "home_feed"
ENGAGEMENT_MEASURES = {
    "clicks": pl.col("engagement_type") == "click",
    "long_clicks": (pl.col("engagement_type") == "click") & (pl.col("dwell_ms") >= LONG_CLICK_MS),
    "bounces": (pl.col("engagement_type") == "click") & (pl.col("dwell_ms") < BOUNCE_MS),
    "organic_clicks": (pl.col("engagement_type") == "click") & ~pl.col("is_shoppable"),
    "satisfied_clicks": pl.col("satisfied_at").is_not_null(),
    "home_feed_clicks": (pl.col("engagement_type") == "click") & IS_AT_HOME,
    "home_feed_engagements": pl.col("engagement_type").is_in(POSITIVE_TYPES) & IS_AT_HOME,
    "outbound_clicks": pl.col("engagement_type") == "outbound_click",
    "closeups": pl.col("engagement_type") == "closeup",
    "saves": pl.col("engagement_type") == "save",
    "board_adds": pl.col("engagement_type") == "board_add",
    "follows": pl.col("engagement_type") == "follow",
    "hides": pl.col("engagement_type") == "hide",
    "reports": pl.col("engagement_type") == "report",
    "opt_outs": pl.col("engagement_type").is_in(OPT_OUT_TYPES),
    "video_starts": pl.col("engagement_type") == "video_start",
    "video_completes": pl.col("engagement_type") == "video_complete",
    "product_clicks": pl.col("engagement_type") == "product_click",
    "add_to_carts": pl.col("engagement_type") == "add_to_cart",
    "purchases": pl.col("engagement_type") == "purchase",
}
MEASURES = [*IMPRESSION_MEASURES, *ENGAGEMENT_MEASURES, "revenue", *SESSION_MEASURES]

# The day of every retention metric, and how long its events may take to arrive.
RETENTION_DAYS = {"retention_d1": 1, "retention_d7": 7}
LATENESS = timedelta(hours=24)


def attributed(engagements: pl.DataFrame, impressions: pl.DataFrame) -> pl.DataFrame:
    """Every engagement with the impression it belongs to (`impression`) and how that is known (`method`).

    The impression the client names counts if it shows that item to that user. Otherwise it is the latest impression
    of that user and item up to the engagement and within the window; of two at the same instant the larger event id.
    """
    shown = impressions.select("user_id", "item_id", impression="event_id", shown_at="event_at")
    named = engagements.join(
        shown.select("user_id", "item_id", "impression", impression_event_id="impression"),
        on=["user_id", "item_id", "impression_event_id"],
        how="left",
    ).select("event_id", named="impression")
    latest = (
        engagements.select("event_id", "event_at", "user_id", "item_id")
        .join(shown, on=["user_id", "item_id"])
        .filter(pl.col("shown_at").is_between(pl.col("event_at") - ATTRIBUTION_WINDOW, pl.col("event_at")))
        .sort("shown_at", "impression")
        .group_by("event_id")
        .agg(latest=pl.col("impression").last())
    )
    return (
        engagements.join(named, on="event_id")
        .join(latest, on="event_id", how="left")
        .with_columns(
            impression=pl.coalesce("named", "latest"),
            method=pl.when(pl.col("named").is_not_null())
            .then(pl.lit("impression_id"))
            .when(pl.col("latest").is_not_null())
            .then(pl.lit("latest_earlier_impression"))
            .otherwise(pl.lit("unattributed")),
        )
        .drop("named", "latest")
    )


def satisfied(engagements: pl.DataFrame) -> pl.DataFrame:
    """Every engagement with when it proved a satisfied click (`satisfied_at`): at once, or by what followed."""
    is_click = pl.col("engagement_type") == "click"
    followed = (
        engagements.filter(is_click)
        .select("event_id", "user_id", "item_id", clicked_at="event_at")
        .join(
            engagements.filter(pl.col("engagement_type").is_in(SATISFYING_TYPES)).select(
                "user_id", "item_id", followed_at="event_at"
            ),
            on=["user_id", "item_id"],
        )
        .filter(pl.col("followed_at").is_between(pl.col("clicked_at"), pl.col("clicked_at") + ATTRIBUTION_WINDOW))
        .group_by("event_id")
        .agg(pl.col("followed_at").min())
    )
    is_long = (is_click & (pl.col("dwell_ms") >= LONG_CLICK_MS)).fill_null(value=False)
    return (
        engagements.join(followed, on="event_id", how="left")
        .with_columns(satisfied_at=pl.when(is_long).then("event_at").otherwise("followed_at"))
        .drop("followed_at")
    )


def seen(impressions: pl.DataFrame, engagements: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Every impression with what is known of it from the start, and when the rest was first known.

    From the start it is known whether it was drawn (`is_drawn`), whether it was long and far enough in view
    (`is_in_view`), how long a video, and whether its item was fresh or a product; later, when it was first engaged
    with, clicked and satisfyingly clicked. Beside these stand its measures in the end.
    """
    engaged = (
        satisfied(engagements)
        .drop_nulls("impression")
        .group_by(event_id="impression")
        .agg(
            first_engagement_at=pl.col("event_at").min(),
            first_click_at=pl.col("event_at").filter(pl.col("engagement_type") == "click").min(),
            first_satisfied_at=pl.col("satisfied_at").min(),
        )
    )
    is_video = pl.col("content_format").eq_missing("video")
    is_in_view = (
        pl.col("rendered_at").is_not_null()
        & (pl.col("viewport_fraction") >= VIEWPORT_FRACTION)
        & (pl.col("visible_ms") >= pl.when(is_video).then(VISIBLE_MS_OF_VIDEO).otherwise(VISIBLE_MS))
    )
    return judged(
        impressions.join(
            items.select("item_id", "content_format", "created_at", of_a_product="is_shoppable"),
            on="item_id",
            how="left",
        )
        .join(engaged, on="event_id", how="left")
        .with_columns(
            is_in_view=is_in_view.fill_null(value=False),
            is_drawn=pl.col("rendered_at").is_not_null(),
            video_visible_ms=pl.when(is_video).then("visible_ms"),
            of_fresh_item=pl.col("event_at") - pl.col("created_at") <= FRESH,
        )
        .drop("created_at")
    )


def judged(impressions: pl.DataFrame, until: pl.Expr | None = None) -> pl.DataFrame:
    """The impressions with their measures, as they were known before an instant, or in the end."""

    def has_happened(column: str) -> pl.Expr:
        return pl.col(column).is_not_null() if until is None else (pl.col(column) < until).fill_null(value=False)

    is_engaged, is_clicked = has_happened("first_engagement_at"), has_happened("first_click_at")
    is_seen, is_drawn = pl.col("is_in_view") | is_engaged, pl.col("is_drawn") | is_engaged
    measures = {
        "impressions": is_seen,
        "clicked_impressions": is_clicked,
        "satisfied_clicked_impressions": has_happened("first_satisfied_at"),
        "logged_impressions": pl.lit(value=True),
        "clicked_logged_impressions": is_clicked,
        "rendered_impressions": is_drawn,
        "clicked_rendered_impressions": is_clicked,
        "viewport_impressions": is_seen,
        "clicked_viewport_impressions": is_clicked,
        "positioned_impressions": is_seen & pl.col("position").is_not_null(),
        "impression_positions": is_seen.cast(pl.Int64) * pl.col("position").fill_null(0),
        "fresh_impressions": is_seen & pl.col("of_fresh_item").fill_null(value=False),
        "shoppable_impressions": is_seen & pl.col("of_a_product").fill_null(value=False),
    }
    return impressions.with_columns(condition.cast(pl.Int64).alias(name) for name, condition in measures.items())


def session_totals(impressions: pl.DataFrame, engagements: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Every session of some judged impressions and engagements, with what it adds to the measures but for returns."""
    events = pl.concat(
        [
            impressions.select(*key, "event_at", "impressions"),
            engagements.select(*key, "event_at", "engagement_type"),
        ],
        how="diagonal",
    )
    length = pl.col("event_at").max() - pl.col("event_at").min()

    def has(types: list[str]) -> pl.Expr:
        return pl.col("engagement_type").is_in(types).fill_null(value=False).any()

    return (
        events.drop_nulls("session_id")
        .group_by(key)
        .agg(
            event_at=pl.col("event_at").min(),
            last_event_at=pl.col("event_at").max(),
            sessions=pl.lit(1, pl.Int64),
            session_seconds=(length.dt.total_microseconds() / 1e6 + 0.5).floor().cast(pl.Int64),
            session_impressions=pl.col("impressions").sum(),
            engaged_sessions=has(POSITIVE_TYPES).cast(pl.Int64),
            shopping_engaged_sessions=has(SHOPPING_TYPES).cast(pl.Int64),
            early_exits=((length < EARLY_EXIT) & ~has(POSITIVE_TYPES)).cast(pl.Int64),
        )
    )


def sessions(impressions: pl.DataFrame, engagements: pl.DataFrame) -> pl.DataFrame:
    """Every session with what it adds to the measures: a user returns once on every day but the first, if at all.

    The day's first event of any session must be the start of one; of several that start then, the first id.
    """
    key = ["user_id", "session_id"]
    times = pl.concat(rows.select(*key, "event_at") for rows in (impressions, engagements)).drop_nulls("session_id")
    day = pl.col("event_at").dt.date()
    firsts = times.group_by("user_id", day=day).agg(first_at=pl.col("event_at").min())
    firsts = firsts.filter(pl.col("day") > pl.col("day").min().over("user_id"))
    all_sessions = session_totals(impressions, engagements, key)
    returns = (
        all_sessions.join(firsts, left_on=["user_id", "event_at"], right_on=["user_id", "first_at"], how="semi")
        .group_by("user_id", "event_at")
        .agg(pl.col("session_id").min(), return_visits=pl.lit(1, pl.Int64))
    )
    return all_sessions.join(returns, on=[*key, "event_at"], how="left").with_columns(
        pl.col("return_visits").fill_null(0)
    )


def counted_events(accepted: dict[str, pl.DataFrame], engagements: pl.DataFrame) -> pl.DataFrame:
    """Every accepted event and every session of every user (`kind`): its time, and what it adds to each measure.

    Beside them stands what it takes to tell what was known of it at an instant.
    """
    impressions = seen(accepted["impressions"], engagements, accepted["items"])
    of_items = satisfied(engagements).join(
        accepted["items"].select("item_id", "is_shoppable"), on="item_id", how="left"
    )
    is_purchase = pl.col("engagement_type") == "purchase"
    of_items = of_items.with_columns(revenue=pl.when(is_purchase).then("value"), **ENGAGEMENT_MEASURES)
    event = ["user_id", "session_id", "event_at"]
    known_at_once = ["is_in_view", "is_drawn", "position", "of_fresh_item", "of_a_product"]
    known_later = ["first_engagement_at", "first_click_at", "first_satisfied_at"]
    in_sessions = sessions(impressions, engagements)
    kinds = {
        "impression": impressions.select(*event, *IMPRESSION_MEASURES, *known_at_once, *known_later),
        "engagement": of_items.select(*event, "engagement_type", "satisfied_at", "revenue", *ENGAGEMENT_MEASURES),
        "session": in_sessions.select(*event, *SESSION_MEASURES),
    }
    events = pl.concat([rows.with_columns(kind=pl.lit(kind)) for kind, rows in kinds.items()], how="diagonal_relaxed")
    starts = in_sessions.select("user_id", "session_id", session_started_at="event_at")
    return events.join(starts, on=["user_id", "session_id"], how="left").with_columns(
        # Money stays decimal: sums of doubles would differ by the order of the rows.
        pl.col(measure).cast(pl.Decimal(38, 4) if measure == "revenue" else pl.Int64).fill_null(0)
        for measure in MEASURES
    )


def as_it_stood(inside: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The events inside of windows [`starts_at`, `ends_at`), and their sessions, as they were known at the end."""
    of_kind = {kind: rows for (kind,), rows in inside.group_by("kind")}
    nothing = inside.clear()
    impressions = judged(of_kind.get("impression", nothing), until=pl.col("ends_at"))
    engagements = of_kind.get("engagement", nothing).with_columns(
        satisfied_clicks=(pl.col("satisfied_at") < pl.col("ends_at")).fill_null(value=False).cast(pl.Int64)
    )
    started_inside = (
        rows.filter(pl.col("session_started_at") >= pl.col("starts_at")) for rows in (impressions, engagements)
    )
    so_far = session_totals(*started_inside, [*key, "session_id"])
    returns = of_kind.get("session", nothing).select(*key, "session_id", "return_visits")
    so_far = so_far.join(returns, on=[*key, "session_id"])
    columns = [*key, *MEASURES]
    events = pl.concat([impressions, engagements]).with_columns(pl.lit(0).alias(name) for name in SESSION_MEASURES)
    return pl.concat([events.select(columns), so_far.select(*key, *SESSION_MEASURES)], how="diagonal_relaxed")


def user_days(events: pl.DataFrame) -> pl.DataFrame:
    """The measures of every user on every UTC day with any event."""
    # A session is no event: its start is that of one.
    return events.group_by("user_id", activity_date=pl.col("event_at").dt.date()).agg(
        # A day whose events name no session has an unknown number of them.
        pl.col("session_id").drop_nulls().n_unique().replace(0, None).alias("session_count"),
        pl.col("event_at").min().alias("first_event_at"),
        pl.col("event_at").max().alias("last_event_at"),
        *(pl.col(measure).sum() for measure in MEASURES),
    )


def units(assignments: pl.DataFrame, experiments: pl.DataFrame, arm_shares: pl.DataFrame) -> pl.DataFrame:
    """Every user of an experiment: the earliest arm, whether another was seen, the ramp phase, why excluded."""
    by_user = assignments.group_by("experiment_id", "user_id").agg(
        pl.col("assigned_at").min(),
        arm_count=pl.col("arm").n_unique(),
        first_arms=pl.col("arm").filter(pl.col("assigned_at") == pl.col("assigned_at").min()).unique().sort(),
    )
    phases = (
        arm_shares.select("experiment_id", "starts_at")
        .unique()
        .sort("experiment_id", "starts_at")
        .with_columns(phase=pl.int_range(1, pl.len() + 1).over("experiment_id"))
        .rename({"starts_at": "phase_starts_at"})
        .sort("phase_starts_at")
    )
    return (
        by_user.join(experiments, on="experiment_id")
        .sort("assigned_at")
        .join_asof(
            phases,
            left_on="assigned_at",
            right_on="phase_starts_at",
            by="experiment_id",
            strategy="backward",
            check_sortedness=False,
        )
        .with_columns(
            pl.col("phase").fill_null(0),
            arm=pl.when(pl.col("first_arms").list.len() == 1).then(pl.col("first_arms").list.first()),
            is_crossover=(pl.col("first_arms").list.len() == 1) & (pl.col("arm_count") > 1),
            exclusion_reason=pl.when(pl.col("first_arms").list.len() > 1)
            .then(pl.lit("two_arms_at_once"))
            .when(pl.col("assigned_at") < pl.col("starts_at"))
            .then(pl.lit("assigned_before_start"))
            .when(pl.col("assigned_at") >= pl.col("ends_at"))
            .then(pl.lit("assigned_after_end")),
        )
        .select(
            "experiment_id", "user_id", "arm", "assigned_at", "ends_at", "phase", "is_crossover", "exclusion_reason"
        )
    )


def first_exposures(
    analysed: pl.DataFrame, accepted: dict[str, pl.DataFrame], experiments: pl.DataFrame
) -> pl.DataFrame:
    """When each user first met the experiment's trigger, whatever the other arms could meet."""
    logged = accepted["exposures"].select("experiment_id", "user_id", "exposed_at")
    by_surface = (
        experiments.filter(
            pl.any_horizontal(pl.col("trigger_surface", "trigger_module_id").is_not_null())
            & ~pl.col("experiment_id").is_in(logged["experiment_id"].unique().implode())
        )
        .select("experiment_id", "trigger_surface", "trigger_module_id")
        .join(accepted["impressions"].filter(pl.col("rendered_at").is_not_null()), how="cross")
        .filter(
            (pl.col("trigger_surface").is_null() | pl.col("surface").eq_missing(pl.col("trigger_surface")))
            & (pl.col("trigger_module_id").is_null() | pl.col("module_id").eq_missing(pl.col("trigger_module_id")))
        )
        .select("experiment_id", "user_id", exposed_at="event_at")
    )
    return (
        analysed.join(pl.concat([logged, by_surface]), on=["experiment_id", "user_id"])
        .filter(
            (pl.col("exposed_at") >= pl.col("assigned_at"))
            & (pl.col("ends_at").is_null() | (pl.col("exposed_at") < pl.col("ends_at")))
        )
        .group_by("experiment_id", "user_id", "arm")
        .agg(pl.col("exposed_at").min())
    )


def exposures(
    analysed: pl.DataFrame, accepted: dict[str, pl.DataFrame], experiments: pl.DataFrame, arms: pl.DataFrame
) -> pl.DataFrame:
    """When each user first met the experiment's trigger; nobody, where some arm has no user who did."""
    first = first_exposures(analysed, accepted, experiments)
    unmet = arms.join(first, on=["experiment_id", "arm"], how="anti")
    return first.join(unmet, on="experiment_id", how="anti").drop("arm")


def sums(windows: pl.DataFrame, events: pl.DataFrame, suffix: str) -> pl.DataFrame:
    """The measures of every window [`starts_at`, `ends_at`) of a user, zeros included.

    Those of the time before assignment know of an impression only what was known at their end.
    """
    key = ["experiment_id", "population", "user_id"]
    inside = windows.join(events, on="user_id").filter(
        (pl.col("event_at") >= pl.col("starts_at"))
        & (pl.col("ends_at").is_null() | (pl.col("event_at") < pl.col("ends_at")))
    )
    if suffix == "_before":
        inside = as_it_stood(inside, key)
    totals = inside.group_by(key).agg(pl.col(measure).sum().alias(measure + suffix) for measure in MEASURES)
    return (
        windows.select(key)
        .join(totals, on=key, how="left")
        .with_columns(pl.col(measure + suffix).fill_null(0) for measure in MEASURES)
    )


def data_through(events: pl.DataFrame) -> datetime:
    """The latest event of the latest day that at least a tenth as many users were active on as on the median day."""
    days = events.group_by(day=pl.col("event_at").dt.date()).agg(
        users=pl.col("user_id").n_unique(), latest=pl.col("event_at").max()
    )
    return days.filter(pl.col("users") >= days["users"].median() / 10).sort("day")["latest"].last()


def complete_through(accepted: dict[str, pl.DataFrame], events: pl.DataFrame) -> datetime:
    """The instant before which everything has arrived, going by the hour of the latest receipt."""
    receipts = [accepted[table]["received_at"].max() for table in ("impressions", "engagements")]
    hour_ends_at = max(receipts).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    day_ends_at = datetime.combine(data_through(events).date(), time()) + timedelta(days=1)
    return min(hour_ends_at - LATENESS, day_ends_at)


def retention(populations: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Of every user and retention metric whether there was an event on that day, null where it has not passed.

    Beside it stands whether there was one on the mirrored day before assignment (`<metric>_before`).
    """
    key = ["experiment_id", "population", "user_id"]
    known_until = pl.min_horizontal("ends_at", pl.lit(data_through(events) - LATENESS))
    times = populations.join(events.select("user_id", "event_at"), on="user_id", how="left")
    day = timedelta(days=1)

    def is_active(first_instant: pl.Expr) -> pl.Expr:
        is_inside = pl.col("event_at").is_between(first_instant, first_instant + day, closed="left")
        return is_inside.fill_null(value=False).any().cast(pl.Int64)

    result = times.group_by(key).agg(
        *(is_active(pl.col("starts_at") + number * day).alias(name) for name, number in RETENTION_DAYS.items()),
        *(
            is_active(pl.col("assigned_at") - (number + 1) * day).alias(f"{name}_before")
            for name, number in RETENTION_DAYS.items()
        ),
    )
    return (
        result.join(populations.select(*key, "starts_at", known_until=known_until), on=key)
        .with_columns(
            pl.when(pl.col("starts_at") + (number + 1) * day <= pl.col("known_until")).then(name).alias(name)
            for name, number in RETENTION_DAYS.items()
        )
        .drop("starts_at", "known_until")
    )


def unit_measures(
    accepted: dict[str, pl.DataFrame],
    events: pl.DataFrame,
    all_units: pl.DataFrame,
    experiments: pl.DataFrame,
    arms: pl.DataFrame,
) -> pl.DataFrame:
    """Every analysed user in every population: outcomes, covariates (`<measure>_before`) and segments."""
    analysed = all_units.filter(pl.col("exclusion_reason").is_null())
    exposed = exposures(analysed, accepted, experiments, arms)
    populations = pl.concat(
        [
            analysed.with_columns(population=pl.lit("assigned"), starts_at="assigned_at"),
            analysed.join(exposed, on=["experiment_id", "user_id"])
            .rename({"exposed_at": "starts_at"})
            .with_columns(population=pl.lit("exposed")),
        ],
        how="diagonal",
    )
    before = populations.with_columns(
        starts_at=pl.col("assigned_at") - COVARIATE_WINDOW,
        ends_at=pl.col("assigned_at"),
    )
    key = ["experiment_id", "population", "user_id"]
    time_since_signup = pl.col("assigned_at") - pl.col("signed_up_at")
    is_active = (pl.col("population") == "assigned") & (pl.col("impressions_before") > 0)
    median_activity = pl.col("impressions_before").filter(is_active).median().over("experiment_id")
    return (
        populations.select(*key, "arm", "phase", "assigned_at", "starts_at")
        .join(sums(populations, events, ""), on=key)
        .join(sums(before, events, "_before"), on=key)
        .join(retention(populations, events), on=key)
        .join(
            accepted["users"].select("user_id", "platform", "country", "is_creator", "signed_up_at"),
            on="user_id",
            how="left",
        )
        .with_columns(
            pl.col("platform", "country").fill_null("unknown"),
            new_returning=pl.when(time_since_signup < NEW_USER_TIME)
            .then(pl.lit("new"))
            .when(time_since_signup >= NEW_USER_TIME)
            .then(pl.lit("returning"))
            .otherwise(pl.lit("unknown")),
            activity=pl.when(pl.col("impressions_before") == 0)
            .then(pl.lit("inactive"))
            .when(pl.col("impressions_before") > median_activity)
            .then(pl.lit("heavy"))
            .otherwise(pl.lit("light")),
            creators=pl.when("is_creator")
            .then(pl.lit("creator"))
            .when(~pl.col("is_creator"))
            .then(pl.lit("other"))
            .otherwise(pl.lit("unknown")),
            shopping_intent=pl.when(pl.col("product_clicks_before") > 0)
            .then(pl.lit("shopper"))
            .otherwise(pl.lit("browser")),
            all=pl.lit("all"),
        )
        .drop("is_creator", "signed_up_at")
    )

"""The queue's rows follow flagged sessions, campaigns, reviews and decisions, in the transaction that writes those.

Each function takes the rows of the queue first, in order of their id, so that two transactions on the same things come
one after the other and the later one counts what the earlier one wrote.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION queue_due(item_kind text, waiting_since timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT waiting_since + make_interval(
        hours => coalesce((SELECT hours FROM investigations_reviewtarget WHERE kind = item_kind), 72))
$$;

CREATE FUNCTION queue_refresh_accounts(wanted bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO investigations_queueitem (
        kind, account_id, level, is_open, strength, n_accounts, n_sessions, n_exchanges, rule, since, due_at, due_set,
        snoozed_accounts, resurfaced_why)
    SELECT 'lead', id, '', false, 0, 1, 0, 0, '', now(), now(), false, 0, '' FROM unnest(wanted) AS id ORDER BY id
    ON CONFLICT (account_id) DO NOTHING;
    PERFORM 1 FROM investigations_queueitem WHERE account_id = ANY(wanted) ORDER BY id FOR UPDATE;
    WITH waiting AS (
        SELECT account_id, count(*) AS n, sum(n_exchanges) AS n_exchanges, max(strength) AS strength,
            min(flagged_at) AS since, max(assignee_id) AS assignee_id,
            CASE WHEN bool_or(assignee_id IS NOT NULL AND claim_until IS NULL) THEN NULL
                ELSE max(claim_until) FILTER (WHERE assignee_id IS NOT NULL) END AS claim_until,
            CASE WHEN count(asn) = count(*) AND min(asn) = max(asn) THEN min(asn) END AS asn,
            CASE WHEN min(rule) = max(rule) THEN min(rule) ELSE '' END AS rule,
            (array_agg(campaign_id ORDER BY campaign_id IS NULL, strength DESC, id DESC))[1] AS campaign_id
        FROM investigations_flaggedsession WHERE account_id = ANY(wanted) AND verdict = '' GROUP BY account_id
    ), found AS (
        SELECT q.id, w.*, c.level, c.code, CASE WHEN w.campaign_id IS NULL THEN 'lead' ELSE 'account' END AS kind,
            q.snoozed_until IS NOT NULL AND w.campaign_id IS DISTINCT FROM q.of_campaign_id
                AND w.campaign_id IS NOT NULL AS joined
        FROM waiting w JOIN investigations_queueitem q USING (account_id)
        LEFT JOIN detection_campaign c ON c.id = w.campaign_id
    )
    UPDATE investigations_queueitem q SET
        is_open = true, closed_at = NULL, kind = f.kind, of_campaign_id = f.campaign_id, level = coalesce(f.level, ''),
        strength = f.strength, n_sessions = f.n, n_exchanges = f.n_exchanges, asn = f.asn, rule = f.rule,
        since = f.since, due_at = CASE WHEN q.due_set THEN q.due_at ELSE queue_due(f.kind, f.since) END,
        assignee_id = f.assignee_id, claim_until = f.claim_until,
        snooze_id = CASE WHEN f.joined THEN NULL ELSE q.snooze_id END,
        snoozed_until = CASE WHEN f.joined THEN NULL ELSE q.snoozed_until END,
        resurfaced_at = CASE WHEN f.joined THEN clock_timestamp() ELSE q.resurfaced_at END,
        resurfaced_why = CASE WHEN f.joined THEN 'it joined campaign ' || f.code ELSE q.resurfaced_why END
    FROM found f WHERE q.id = f.id;
    UPDATE investigations_queueitem q SET
        is_open = false, closed_at = coalesce(q.closed_at, now()), n_sessions = 0, assignee_id = NULL,
        claim_until = NULL, due_set = false
    WHERE q.account_id = ANY(wanted) AND NOT EXISTS (
        SELECT 1 FROM investigations_flaggedsession s WHERE s.account_id = q.account_id AND s.verdict = '');
END $$;

CREATE FUNCTION queue_refresh_campaigns(wanted bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO investigations_queueitem (
        kind, campaign_id, level, is_open, strength, n_accounts, n_sessions, n_exchanges, rule, since, due_at, due_set,
        snoozed_accounts, resurfaced_why)
    SELECT 'campaign', c.id, c.level, true, 0, 0, 0, 0, '', t.since, queue_due('campaign', t.since), false, 0, ''
    FROM detection_campaign c JOIN detection_detectionrun r ON r.id = c.first_run_id
    CROSS JOIN LATERAL (SELECT coalesce(r.finished_at, now()) AS since) t
    WHERE c.id = ANY(wanted) ORDER BY c.id
    ON CONFLICT (campaign_id) DO NOTHING;
    PERFORM 1 FROM investigations_queueitem WHERE campaign_id = ANY(wanted) ORDER BY id FOR UPDATE;
    WITH found AS (
        SELECT q.id, c.score, c.level, c.n_core + c.n_associate AS n_accounts, c.n_exchanges, v.assignee_id,
            v.claim_until, c.merged_into_id IS NULL AND coalesce(v.verdict, '') = '' AS is_open,
            CASE WHEN q.snoozed_until IS NULL THEN ''
                WHEN c.level = 'certified' THEN 'it became certified'
                WHEN c.n_core + c.n_associate > q.snoozed_accounts
                    THEN format('it grew from %s to %s accounts', q.snoozed_accounts, c.n_core + c.n_associate)
                ELSE '' END AS why
        FROM investigations_queueitem q JOIN detection_campaign c ON c.id = q.campaign_id
        LEFT JOIN investigations_campaignreview v ON v.campaign_id = c.id WHERE c.id = ANY(wanted)
    )
    UPDATE investigations_queueitem q SET
        is_open = f.is_open, strength = f.score, level = f.level, n_accounts = f.n_accounts,
        n_exchanges = f.n_exchanges,
        assignee_id = CASE WHEN f.is_open THEN f.assignee_id END,
        claim_until = CASE WHEN f.is_open THEN f.claim_until END,
        closed_at = CASE WHEN f.is_open THEN NULL ELSE coalesce(q.closed_at, now()) END,
        snooze_id = CASE WHEN f.why <> '' THEN NULL ELSE q.snooze_id END,
        snoozed_until = CASE WHEN f.why <> '' THEN NULL ELSE q.snoozed_until END,
        resurfaced_at = CASE WHEN f.why <> '' THEN clock_timestamp() ELSE q.resurfaced_at END,
        resurfaced_why = CASE WHEN f.why <> '' THEN f.why ELSE q.resurfaced_why END
    FROM found f WHERE q.id = f.id;
    UPDATE investigations_queueitem q SET
        level = c.level,
        snooze_id = CASE WHEN c.level = 'certified' THEN NULL ELSE q.snooze_id END,
        snoozed_until = CASE WHEN c.level = 'certified' THEN NULL ELSE q.snoozed_until END,
        resurfaced_at = CASE WHEN c.level = 'certified' AND q.snoozed_until IS NOT NULL THEN clock_timestamp()
            ELSE q.resurfaced_at END,
        resurfaced_why = CASE WHEN c.level = 'certified' AND q.snoozed_until IS NOT NULL
            THEN 'campaign ' || c.code || ' became certified' ELSE q.resurfaced_why END
    FROM detection_campaign c
    WHERE q.of_campaign_id = c.id AND c.id = ANY(wanted) AND q.is_open AND q.level <> c.level;
END $$;

CREATE FUNCTION queue_refresh_decision(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO investigations_queueitem (
        kind, decision_id, level, is_open, strength, n_accounts, n_sessions, n_exchanges, rule, since, due_at, due_set,
        snoozed_accounts, resurfaced_why)
    SELECT 'approval', d.id, coalesce(c.level, ''), true, coalesce(c.score, 0), d.n_accounts, 0, 0, '', d.proposed_at,
        queue_due('approval', d.proposed_at), false, 0, ''
    FROM investigations_decision d JOIN investigations_case k ON k.id = d.case_id
    LEFT JOIN detection_campaign c ON c.id = k.campaign_id WHERE d.id = wanted
    ON CONFLICT (decision_id) DO NOTHING;
    UPDATE investigations_queueitem q SET
        is_open = d.state = 'proposed', n_accounts = d.n_accounts,
        closed_at = CASE WHEN d.state = 'proposed' THEN NULL ELSE coalesce(q.closed_at, now()) END
    FROM investigations_decision d WHERE d.id = wanted AND q.decision_id = d.id;
END $$;

CREATE FUNCTION queue_flags_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT account_id) INTO touched FROM fresh;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT account_id) INTO touched FROM stale;
    ELSE
        SELECT array_agg(DISTINCT a.account_id) INTO touched FROM fresh a JOIN stale b USING (id)
        WHERE (a.verdict, a.assignee_id, a.claim_until, a.strength, a.campaign_id, a.asn, a.rule, a.n_exchanges)
            IS DISTINCT FROM
            (b.verdict, b.assignee_id, b.claim_until, b.strength, b.campaign_id, b.asn, b.rule, b.n_exchanges);
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM queue_refresh_accounts(touched);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION queue_campaigns_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
    SELECT array_agg(id) INTO touched FROM fresh;
    IF touched IS NOT NULL THEN
        PERFORM queue_refresh_campaigns(touched);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION queue_reviews_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint[];
BEGIN
    SELECT array_agg(campaign_id) INTO touched FROM fresh;
    IF touched IS NOT NULL THEN
        PERFORM queue_refresh_campaigns(touched);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION queue_decision_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM queue_refresh_decision(NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER queue_flags_inserted AFTER INSERT ON investigations_flaggedsession
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION queue_flags_changed();
CREATE TRIGGER queue_flags_updated AFTER UPDATE ON investigations_flaggedsession
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION queue_flags_changed();
CREATE TRIGGER queue_flags_deleted AFTER DELETE ON investigations_flaggedsession
    REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION queue_flags_changed();
CREATE TRIGGER queue_campaigns_inserted AFTER INSERT ON detection_campaign
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION queue_campaigns_changed();
CREATE TRIGGER queue_campaigns_updated AFTER UPDATE ON detection_campaign
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION queue_campaigns_changed();
CREATE TRIGGER queue_reviews_inserted AFTER INSERT ON investigations_campaignreview
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION queue_reviews_changed();
CREATE TRIGGER queue_reviews_updated AFTER UPDATE ON investigations_campaignreview
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION queue_reviews_changed();
CREATE TRIGGER queue_decision_changed
    AFTER INSERT OR UPDATE OF state, n_accounts ON investigations_decision
    FOR EACH ROW EXECUTE FUNCTION queue_decision_changed();
"""

BACKWARD = """
DROP TRIGGER queue_flags_inserted ON investigations_flaggedsession;
DROP TRIGGER queue_flags_updated ON investigations_flaggedsession;
DROP TRIGGER queue_flags_deleted ON investigations_flaggedsession;
DROP TRIGGER queue_campaigns_inserted ON detection_campaign;
DROP TRIGGER queue_campaigns_updated ON detection_campaign;
DROP TRIGGER queue_reviews_inserted ON investigations_campaignreview;
DROP TRIGGER queue_reviews_updated ON investigations_campaignreview;
DROP TRIGGER queue_decision_changed ON investigations_decision;
DROP FUNCTION queue_decision_changed, queue_reviews_changed, queue_campaigns_changed, queue_flags_changed,
    queue_refresh_decision, queue_refresh_campaigns, queue_refresh_accounts, queue_due;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("investigations", "0012_queue_items"),
        ("detection", "0007_tuned_thresholds"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

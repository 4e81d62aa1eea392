-- The one door: inserting a row into ledger_act books it. Everything below serves that, or refuses the rest.
-- Numbers of refusals are those of puhui.ledger.reasons.Reason; the order of the big CASE is their precedence.

create sequence ledger_act_number;
alter table ledger_account set (fillfactor = 50);  -- totals move within their page, without touching an index

-- How each transfer moves the totals of its two accounts.
-- Kinds: 1 posted, 2 pending, 3 posts a pending one, 4 voids it, 5 lets it expire, 6 reverses a posted one.
create view ledger_entry as
    select debit_account as account, credit_account as counter_account, id, kind, code, refers, happened_on, learned_at,
        case when kind = 2 then amount_fen when kind in (3, 4, 5) then -released_fen else 0 end as debits_pending,
        case when kind in (1, 3, 6) then amount_fen else 0 end as debits_posted,
        0::bigint as credits_pending, 0::bigint as credits_posted
    from ledger_transfer
    union all
    select credit_account, debit_account, id, kind, code, refers, happened_on, learned_at, 0, 0,
        case when kind = 2 then amount_fen when kind in (3, 4, 5) then -released_fen else 0 end,
        case when kind in (1, 3, 6) then amount_fen else 0 end
    from ledger_transfer;

-- A line of an act is nine numbers: chain, kind (1 to 6 as above, 7 closes an account), debit account, credit account,
-- amount in fen, currency, code, the transfer it refers to, seconds after which a pending one expires.
-- Its plans are made once, and go by index, however few accounts there were when they were made.
create function ledger_book() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
    most constant bigint := 9223372036854775807;
    lines constant bigint[] := new.lines;
    count constant int := coalesce(array_length(lines, 1), 0);
    -- each line, completed from the transfer that it refers to
    kinds smallint[]; debits bigint[]; credits bigint[]; amounts bigint[]; codes bigint[]; refs bigint[];
    released bigint[]; xs int[]; ys int[]; refusals smallint[]; available bigint[];
    -- the accounts touched, in the order of their ids, and what this act does to them
    ids bigint[]; a_ledger smallint[]; a_general bool[]; a_closed bool[]; a_debits_limited bool[];
    a_credits_limited bool[]; dp bigint[]; dpo bigint[]; cp bigint[]; cpo bigint[];
    named ledger_transfer[]; naming bool := false;
    -- the line at hand
    old ledger_transfer; x int; y int; first int; last int; sign int; chain bigint; broken bool;
    kind smallint; debit bigint; credit bigint; amount bigint; code bigint; ref bigint;
    timeout bigint; ended smallint; why smallint;
begin
    if count not between 1 and 8190 or array_length(lines, 2) <> 9 then
        raise exception 'an act has 1 to 8,190 lines of 9 numbers' using errcode = 'check_violation';
    end if;
    -- Two askers under one request id take turns, so the second finds the first one's answer.
    perform pg_advisory_xact_lock(hashtextextended(new.request, 7013));
    if exists (select from ledger_act a where a.request = new.request) then
        return null;
    end if;

    for i in 1 .. count loop
        if lines[i][1] is null or lines[i][2] is null or lines[i][2] not between 1 and 7 then
            raise exception 'line % has no chain, or is of no known kind', i using errcode = 'check_violation';
        end if;
        kinds[i] := lines[i][2];
        debits[i] := lines[i][3];
        credits[i] := lines[i][4];
        amounts[i] := lines[i][5];
        codes[i] := lines[i][7];
        refs[i] := case when kinds[i] between 3 and 6 then coalesce(lines[i][8], 0) end;
        naming := naming or kinds[i] between 3 and 6;
    end loop;
    if naming then
        -- The row locks make two acts that would end the same transfer take turns. They come before those of accounts,
        -- and both come in the order of ids, so no two acts wait for each other in a circle.
        perform from ledger_transfer t where t.id = any (refs) order by t.id for no key update;
        for i in 1 .. count loop
            continue when refs[i] is null;
            select * into old from ledger_transfer t where t.id = refs[i];
            named[i] := old;
            debits[i] := case when kinds[i] = 6 then old.credit_account else old.debit_account end;
            credits[i] := case when kinds[i] = 6 then old.debit_account else old.credit_account end;
            amounts[i] := case when kinds[i] = 3 then coalesce(amounts[i], old.amount_fen) else old.amount_fen end;
            codes[i] := old.code;
            released[i] := case when kinds[i] <> 6 then old.amount_fen end;
        end loop;
    end if;

    -- General accounts are only read, and what is read of them never changes: nobody waits for them.
    select array_agg(a.id), array_agg(a.ledger), array_agg(a.general), array_agg(a.closed_on is not null),
        array_agg(a.debits_must_not_exceed_credits), array_agg(a.credits_must_not_exceed_debits),
        array_agg(a.debits_pending), array_agg(a.debits_posted), array_agg(a.credits_pending),
        array_agg(a.credits_posted)
    into ids, a_ledger, a_general, a_closed, a_debits_limited, a_credits_limited, dp, dpo, cp, cpo
    from (
        select * from (
            select * from ledger_account where id = any (debits || credits) and not general
            order by id for no key update
        ) own
        union all
        select * from ledger_account where id = any (debits || credits) and general
        order by id
    ) a;

    for i in 1 .. count loop
        if chain is distinct from lines[i][1] then
            chain := lines[i][1];
            first := i;
            broken := false;
        end if;
        if broken then
            refusals[i] := 1;
            continue;
        end if;
        kind := kinds[i]; debit := debits[i]; credit := credits[i]; amount := amounts[i]; code := codes[i];
        ref := refs[i]; timeout := lines[i][9];
        x := width_bucket(debit, ids);
        x := case when ids[x] = debit then x end;
        y := width_bucket(credit, ids);
        y := case when ids[y] = credit then y end;
        xs[i] := x; ys[i] := y;
        if ref is not null then
            old := named[i];
            ended := (select t.kind from ledger_transfer t where t.refers = ref);
            for j in 1 .. i - 1 loop  -- an earlier line of this very act may have ended it
                ended := case when refs[j] = ref and refusals[j] = 0 then kinds[j] else ended end;
            end loop;
        end if;

        why := case
            when kind <= 3 and amount <= 0 or kind <= 2 and amount is null then 2
            when kind <= 2 and (code is null or code not between 1 and 32767) then 3
            when kind <= 2 and debit = credit then 4
            when kind <> 2 and timeout is not null then 5
            when timeout <= 0 then 6
            when kind <= 2 and x is null then 7
            when kind <= 2 and y is null then 8
            when kind between 3 and 6 and old.id is null then 9
            when kind between 3 and 5 and old.kind <> 2 then 10
            when kind = 6 and old.kind in (2, 4, 5) then 11
            when kind <= 2 and a_ledger[x] <> a_ledger[y] then 12
            when lines[i][6] <> a_ledger[x] then 13
            when kind = 3 and amount > old.amount_fen then 14
            when kind between 3 and 5 and ended = 3 then 15
            when kind between 3 and 5 and ended = 4 then 16
            when kind between 3 and 5 and ended = 5 or kind between 3 and 4 and old.expires_at <= new.learned_at then 17
            when kind = 5 and (old.expires_at is null or old.expires_at > new.learned_at) then 18
            when kind = 6 and ended is not null then 19
            when kind < 7 and a_closed[x] then 20
            when kind < 7 and a_closed[y] then 21
            when kind in (1, 2, 6) and amount > most - dp[x] - dpo[x] then 22
            when kind in (1, 2, 6) and amount > most - cp[y] - cpo[y] then 23
            when kind in (1, 2, 6) and a_debits_limited[x] and amount > cpo[x] - dp[x] - dpo[x] then 24
            when kind in (1, 2, 6) and a_credits_limited[y] and amount > dpo[y] - cp[y] - cpo[y] then 25
            when kind = 7 and x is null then 26
            when kind = 7 and a_closed[x] then 27
            when kind = 7 and a_general[x] then 28
            when kind = 7 and (dp[x] <> 0 or cp[x] <> 0 or dpo[x] <> cpo[x]) then 29
            else 0 end;
        if why > 0 then
            broken := true;
            available := coalesce(available, array_fill(null::bigint, array[count]));
            available[i] := case why when 14 then old.amount_fen when 24 then cpo[x] - dp[x] - dpo[x]
                when 25 then dpo[y] - cp[y] - cpo[y] end;
        end if;

        -- Count the line in; or, if it is refused, take back what its chain has counted in so far.
        sign := case when broken then -1 else 1 end;
        last := case when broken then i - 1 else i end;
        for j in case when broken then first else i end .. last loop
            x := xs[j]; y := ys[j];
            if kinds[j] = 7 then
                a_closed[x] := not broken;
            else
                if not a_general[x] then
                    dp[x] := dp[x] + sign * case when kinds[j] = 2 then amounts[j] else -coalesce(released[j], 0) end;
                    dpo[x] := dpo[x] + case when kinds[j] in (1, 3, 6) then sign * amounts[j] else 0 end;
                end if;
                if not a_general[y] then
                    cp[y] := cp[y] + sign * case when kinds[j] = 2 then amounts[j] else -coalesce(released[j], 0) end;
                    cpo[y] := cpo[y] + case when kinds[j] in (1, 3, 6) then sign * amounts[j] else 0 end;
                end if;
            end if;
            refusals[j] := case when broken then 1 else 0 end;
        end loop;
        refusals[i] := why;
    end loop;

    perform pg_current_xact_id();  -- before the number, so that a fold can tell which numbers are final
    new.number := nextval('ledger_act_number');
    for i in 1 .. count loop
        if refusals[i] = 0 and kinds[i] < 7 then
            insert into ledger_transfer (id, debit_account, credit_account, amount_fen, released_fen, refers,
                expires_at, learned_at, happened_on, ledger, code, kind)
            values (new.number * 10000 + i, debits[i], credits[i], amounts[i], coalesce(released[i], 0), refs[i],
                new.learned_at + lines[i][9] * interval '1 second', new.learned_at, new.happened_on,
                a_ledger[xs[i]], codes[i], kinds[i]);
        end if;
    end loop;
    for i in 1 .. coalesce(array_length(ids, 1), 0) loop
        if not a_general[i] then
            update ledger_account a
            set debits_pending = dp[i], debits_posted = dpo[i], credits_pending = cp[i], credits_posted = cpo[i],
                closed_on = case when a_closed[i] then coalesce(a.closed_on, new.happened_on) end
            where a.id = ids[i] and (a.debits_pending <> dp[i] or a.debits_posted <> dpo[i]
                or a.credits_pending <> cp[i] or a.credits_posted <> cpo[i]
                or (a.closed_on is not null) <> a_closed[i]);
        end if;
    end loop;
    new.refusals := case when 0 < any (refusals) then refusals end;
    new.available := available;
    return new;
end $$;
create trigger book before insert on ledger_act for each row execute function ledger_book();

-- Summing up of general accounts. No lock is taken, so nobody waits for it.
create function ledger_fold_up() returns trigger language plpgsql as $$
declare
    before bigint;
begin
    if pg_current_xact_id_if_assigned() is not null then
        raise exception 'a fold is a transaction of its own' using errcode = 'active_sql_transaction';
    end if;
    perform pg_advisory_xact_lock(7014);  -- folds take turns
    select case when is_called then last_value else 0 end into new.marked_act from ledger_act_number;
    -- Whoever took a number up to here has an older transaction id than this one.
    new.marked_xid := pg_current_xact_id()::text::bigint;
    select coalesce(max(number), 0) + 1, coalesce(max(folded_to), 0) into new.number, before from ledger_fold;
    select coalesce(max(marked_act), 0) into new.folded_to from ledger_fold
    where marked_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    insert into ledger_foldedtotal
        (fold, account, happened_on, debits_pending, debits_posted, credits_pending, credits_posted)
    select new.number, e.account, e.happened_on, sum(e.debits_pending), sum(e.debits_posted), sum(e.credits_pending),
        sum(e.credits_posted)
    from ledger_entry e join ledger_account a on a.id = e.account and a.general
    where e.id >= (before + 1) * 10000 and e.id < (new.folded_to + 1) * 10000
    group by e.account, e.happened_on;
    return new;
end $$;
create trigger fold before insert on ledger_fold for each row execute function ledger_fold_up();

-- The totals of every account, whoever keeps them.
create view ledger_balance as
    select id as account, ledger, code, general, debits_pending, debits_posted, credits_pending, credits_posted
    from ledger_account where not general
    union all
    select a.id, a.ledger, a.code, a.general, s.debits_pending, s.debits_posted, s.credits_pending, s.credits_posted
    from ledger_account a cross join lateral (
        select coalesce(sum(m.debits_pending), 0) as debits_pending,
            coalesce(sum(m.debits_posted), 0) as debits_posted,
            coalesce(sum(m.credits_pending), 0) as credits_pending,
            coalesce(sum(m.credits_posted), 0) as credits_posted
        from (
            select f.debits_pending, f.debits_posted, f.credits_pending, f.credits_posted
            from ledger_foldedtotal f where f.account = a.id
            union all
            select e.debits_pending, e.debits_posted, e.credits_pending, e.credits_posted
            from ledger_entry e
            where e.account = a.id and e.id >= (select coalesce(max(folded_to), 0) + 1 from ledger_fold) * 10000
        ) m
    ) s
    where a.general;

-- What is not booked by an act is refused, whoever asks.
create function ledger_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% refused on %: only an act books, and what is booked stays; correct it by a new transfer',
        tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger kept before update or delete or truncate on ledger_act
    for each statement execute function ledger_refuse();
create trigger kept before update or delete or truncate on ledger_transfer
    for each statement execute function ledger_refuse();
create trigger booked before insert on ledger_transfer
    for each statement when (pg_trigger_depth() = 0) execute function ledger_refuse();
create trigger kept before delete or truncate on ledger_account
    for each statement execute function ledger_refuse();
create trigger terms_kept before update of id, name, ledger, code, general, debits_must_not_exceed_credits,
    credits_must_not_exceed_debits, opened_on on ledger_account
    for each statement execute function ledger_refuse();
create trigger booked before update on ledger_account
    for each statement when (pg_trigger_depth() = 0) execute function ledger_refuse();
create trigger opened_rightly before insert on ledger_account
    for each row when (new.debits_pending <> 0 or new.debits_posted <> 0 or new.credits_pending <> 0
        or new.credits_posted <> 0 or new.closed_on is not null or new.code <= 0
        or new.debits_must_not_exceed_credits::int + new.credits_must_not_exceed_debits::int + new.general::int > 1)
    execute function ledger_refuse();
create trigger kept before update or delete or truncate on ledger_fold
    for each statement execute function ledger_refuse();
create trigger kept before update or delete or truncate on ledger_foldedtotal
    for each statement execute function ledger_refuse();
create trigger booked before insert on ledger_foldedtotal
    for each statement when (pg_trigger_depth() = 0) execute function ledger_refuse();

-- Not even replication mode, which switches ordinary triggers off, opens another door.
alter table ledger_act enable always trigger book, enable always trigger kept;
alter table ledger_transfer enable always trigger kept, enable always trigger booked;
alter table ledger_account enable always trigger kept, enable always trigger terms_kept,
    enable always trigger booked, enable always trigger opened_rightly;
alter table ledger_fold enable always trigger fold, enable always trigger kept;
alter table ledger_foldedtotal enable always trigger kept, enable always trigger booked;

select day, came, went, sum(came - went) over (order by day) as members
from (
    select
        cast(received_at as date) as day,
        count(*) filter (where is_member) as came,
        count(*) filter (where not is_member) as went
    from {{ ref('cohort_changes') }} as changes
    group by 1
) as counted

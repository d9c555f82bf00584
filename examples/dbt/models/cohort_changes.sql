select id, user_id, received_at, is_member
from (
    select
        id, user_id, received_at, {{ var('cohort_column') }} as is_member,
        lag({{ var('cohort_column') }}) over (partition by user_id order by received_at, id) as before
    from {{ source('segment', 'identifies') }}
    where {{ var('cohort_column') }} is not null and user_id is not null
) as told
where is_member is distinct from coalesce(before, false)

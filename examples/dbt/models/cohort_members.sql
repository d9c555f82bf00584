select users.id as user_id, max(changes.received_at) as since
from {{ source('segment', 'users') }} as users
left join {{ ref('cohort_changes') }} as changes on changes.user_id = users.id and changes.is_member
where users.{{ var('cohort_column') }}
group by users.id

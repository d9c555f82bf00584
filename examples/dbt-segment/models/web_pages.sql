select * from {{ source('segment', 'pages') }}

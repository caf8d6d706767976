require ["date", "relational", "comparator-i;ascii-numeric", "fileinto"];
if date :originalzone :is "Date" "weekday" ["0", "6"] { fileinto "Weekend"; }
elsif date :originalzone :value "lt" "Date" "hour" "09" { fileinto "Early"; }

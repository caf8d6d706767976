require ["relational", "comparator-i;ascii-numeric", "fileinto"];
if header :count "gt" :comparator "i;ascii-numeric" "Received" "6" { fileinto "LongWay"; }
elsif address :count "ge" :comparator "i;ascii-numeric" ["To", "Cc"] "3" { fileinto "ManyRecipients"; }

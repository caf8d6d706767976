require ["spamtestplus", "relational", "comparator-i;ascii-numeric", "fileinto"];
if spamtest :percent :value "gt" :comparator "i;ascii-numeric" "50" { fileinto "Probably"; }
elsif spamtest :percent :value "eq" :comparator "i;ascii-numeric" "20" { fileinto "Twenty"; }
elsif spamtest :count "eq" "0" { fileinto "None"; }

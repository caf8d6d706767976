require ["fileinto", "comparator-i;octet", "comparator-i;ascii-numeric", "relational"];
if header :is :comparator "i;octet" "Precedence" "Bulk" { fileinto "Bulk"; }
elsif header :is :comparator "i;ascii-casemap" "Precedence" "BULK" { fileinto "bulk"; }
elsif header :is :comparator "i;ascii-numeric" ["X-Priority", "Lines"] "1" { fileinto "One"; }

require ["relational", "comparator-i;ascii-numeric", "imap4flags"];
if header :value "le" :comparator "i;ascii-numeric" "X-Priority" "2" { setflag "\\Flagged"; }
elsif header :value "eq" :comparator "i;ascii-numeric" "X-Priority" "3" { setflag "normal"; }
elsif header :value "gt" :comparator "i;ascii-numeric" "X-Priority" "3" { setflag "low"; }

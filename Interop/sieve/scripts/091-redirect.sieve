if address :domain "From" ["xent.com", "hotmail.com", "yahoo.com"] { redirect "friend@else.example"; }
elsif header :contains "Subject" "spam" { redirect "one@else.example"; redirect "two@else.example"; }

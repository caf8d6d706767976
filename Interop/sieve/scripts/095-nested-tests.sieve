require ["fileinto"];
if allof (not anyof (header :is "Precedence" "junk", not exists "From"),
          anyof (header :contains "From" ["a", "e"], allof (true, not false))) {
    if true { if not false { fileinto "Deep"; } else { discard; } }
} else { fileinto "Shallow"; }

if size :over 2M { discard; }
elsif allof (size :over 2000, not size :over 4000) { redirect "small@archive.example"; }

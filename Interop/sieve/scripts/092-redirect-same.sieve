require "copy";
redirect "Same@Else.example";
redirect "same@else.example";
redirect :copy "third@else.example";

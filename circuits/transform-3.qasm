OPENQASM 3.0;
include "stdgates.inc";
qubit[3] x0;
h x0[2];
cp(-pi/2) x0[2], x0[1];
cp(-pi/4) x0[2], x0[0];
h x0[1];
cp(-pi/2) x0[1], x0[0];
h x0[0];
